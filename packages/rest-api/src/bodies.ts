import { checkJsonText, DEEPEST_JSON, OutOfBounds } from '@synergos/contract';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { ApiError } from './errors.js';

export const MOST_BODY_BYTES = 10 * 1024 * 1024;
const MOST_VALUES = 250_000;
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** Reads JSON bodies: limited in size and depth, without keys that change prototypes. */
export function readBodies(mostBytes = MOST_BODY_BYTES): RequestHandler[] {
  return [
    refuseOtherTypes,
    express.json({
      limit: mostBytes,
      strict: false,
      type: () => true,
      reviver,
      verify: (_request, _response, text, encoding) => checkText(text, encoding, mostBytes),
    }),
  ];
}

function refuseOtherTypes(request: Request, _response: Response, next: NextFunction): void {
  const type = request.headers['content-type'];
  const hasBody =
    Number(request.headers['content-length'] ?? 0) > 0 || 'transfer-encoding' in request.headers;
  // Pages of other sites can send bodies without this type without a preflight request.
  if (hasBody && !/^application\/(.*\+)?json\b/i.test(type ?? ''))
    throw new ApiError(415, `expected a body of type application/json, got ${type ?? 'none'}`);
  next();
}

function reviver(key: string, value: unknown): unknown {
  if (FORBIDDEN_KEYS.has(key)) throw new ApiError(400, `the key '${key}' is not allowed in a body`);
  return value;
}

/** Checks the text before it is parsed: parsing recurses and blocks the event loop. */
function checkText(text: Buffer, encoding: string, bytes: number): void {
  if (!/^utf-?8$/i.test(encoding)) throw new ApiError(415, `expected a body in UTF-8, got ${encoding}`);
  try {
    checkJsonText(text, { bytes, depth: DEEPEST_JSON, values: MOST_VALUES });
  } catch (error) {
    if (error instanceof OutOfBounds) throw new ApiError(400, `the body is ${error.message}`);
    throw error;
  }
}
