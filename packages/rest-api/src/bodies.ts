import { checkJsonText, DEEPEST_JSON, OutOfBounds } from '@synergos/contract';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { ApiError } from './errors.js';

const MOST_VALUES = 250_000;
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** Reads JSON bodies: bounded in size and depth, without keys that reach for prototypes. */
export function readBodies(mostBytes: number): RequestHandler[] {
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
  // A body without a type is what a page of another site can send without asking.
  if (hasBody && !/^application\/(.*\+)?json\b/i.test(type ?? ''))
    throw new ApiError(415, `expected a body of type application/json, got ${type ?? 'none'}`);
  next();
}

function reviver(key: string, value: unknown): unknown {
  if (FORBIDDEN_KEYS.has(key)) throw new ApiError(400, `the key '${key}' is not allowed in a body`);
  return value;
}

/** Before the text is parsed: parsing recurses, and holds up everything else meanwhile. */
function checkText(text: Buffer, encoding: string, bytes: number): void {
  if (!/^utf-?8$/i.test(encoding)) throw new ApiError(415, `expected a body in UTF-8, got ${encoding}`);
  try {
    checkJsonText(text, { bytes, depth: DEEPEST_JSON, values: MOST_VALUES });
  } catch (error) {
    if (error instanceof OutOfBounds) throw new ApiError(400, `the body is ${error.message}`);
    throw error;
  }
}
