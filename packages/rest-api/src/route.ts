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
  /** Whether a POST may replace a record of its id: `?overwrite=true`, else as the server is set. */
  readonly overwrite: boolean;
  /** `Prefer: respond-async`. */
  readonly prefersAsync: boolean;
  /** Whether work is done elsewhere: what starts it is answered with the ids of its jobs, and nothing else. */
  readonly workIsElsewhere: boolean;
  /** Aborted when the client has gone. */
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
  /** First half of the envelope's `method`. */
  readonly resource: string;
  readonly summary: string;
  readonly body?: z.ZodType;
  /** Parameters behind `?`; others are ignored. */
  readonly query?: z.ZodObject;
  /** What the document tells of the body where the checks behind the route know more than `body`. */
  readonly documentedBody?: z.ZodType;
  readonly handle: (request: ApiRequest) => Promise<Answer>;
}

/** A call whose answer is not an envelope: an event stream, a file. */
export interface RawRoute extends Omit<Route, 'handle'> {
  readonly serve: (
    params: Readonly<Record<string, string>>,
    request: Request,
    response: Response,
    /** Sends an envelope after all. */
    answer: (answer: Answer) => void,
  ) => Promise<void>;
}
