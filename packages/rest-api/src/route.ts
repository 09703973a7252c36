import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Idempotency } from './idempotency.js';

export interface ApiRequest {
  /** Ids of the path, decoded and checked. */
  readonly params: Readonly<Record<string, string>>;
  /** Parsed by the route's schema; undefined without one. */
  readonly body: unknown;
  /** Parsed by the route's schema; undefined without one. */
  readonly query: unknown;
  /** `Idempotency-Key`. */
  readonly idempotency: Idempotency | undefined;
  /** Whether a POST may replace an existing record: `?overwrite=true`, otherwise the server's setting. */
  readonly overwrite: boolean;
  /** `Prefer: respond-async`. */
  readonly prefersAsync: boolean;
  /** Whether other processes do the work: the response then has only the ids of the jobs. */
  readonly workIsElsewhere: boolean;
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal;
}

export interface Answer {
  /** Default 200. */
  readonly status?: number;
  readonly data: unknown;
  /** Further fields of the envelope. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly location?: string;
}

/** One call of the API: routing, validation and the OpenAPI document come from it. */
export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** With ids in braces: `/ttp/jobs/{job_id}`. */
  readonly path: string;
  /** First part of the envelope's `method`. */
  readonly resource: string;
  readonly summary: string;
  readonly body?: z.ZodType;
  /** Query parameters; others are ignored. */
  readonly query?: z.ZodObject;
  /** Body schema for the OpenAPI document, if the checks of the route are stricter than `body`. */
  readonly documentedBody?: z.ZodType;
  readonly handle: (request: ApiRequest) => Promise<Answer>;
}

/** A call with a response other than an envelope: an event stream, a file. */
export interface RawRoute extends Omit<Route, 'handle'> {
  readonly serve: (
    params: Readonly<Record<string, string>>,
    request: Request,
    response: Response,
    /** Sends an envelope instead. */
    answer: (answer: Answer) => void,
  ) => Promise<void>;
}
