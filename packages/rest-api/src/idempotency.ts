import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { ApiError } from './errors.js';

/** Key and digest of a request with an `Idempotency-Key`. */
export interface Idempotency {
  readonly key: string;
  /** Digest of the call: its path and body. */
  readonly request: string;
}

/** Reads the `Idempotency-Key` of a request; undefined without one. Throws 400. */
export function idempotencyOf(request: Request, route: string): Idempotency | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(key))
    throw new ApiError(400, 'Idempotency-Key: expected 1 to 255 printable ASCII characters', [
      { path: 'Idempotency-Key', message: 'expected 1 to 255 printable ASCII characters' },
    ]);
  return { key, request: digestOf([route, request.params, request.body]) };
}

/** Returns the same digest for equal values, independent of the order of fields. */
export function digestOf(value: unknown): string {
  const text = JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
  return createHash('sha256')
    .update(text ?? '')
    .digest('hex');
}
