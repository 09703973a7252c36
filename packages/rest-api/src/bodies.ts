import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { ApiError } from './errors.js';

const DEEPEST = 32;
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** Reads JSON bodies: bounded in size and depth, without keys that reach for prototypes. */
export function readBodies(mostBytes: number): RequestHandler[] {
  return [
    refuseOtherTypes,
    express.json({ limit: mostBytes, strict: false, type: () => true, reviver }),
    checkDepth,
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

function checkDepth(request: Request, _response: Response, next: NextFunction): void {
  if (deeper(request.body, DEEPEST))
    throw new ApiError(400, `the body is nested more than ${DEEPEST} levels deep`);
  next();
}

function deeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => deeper(inner, levels - 1));
}
