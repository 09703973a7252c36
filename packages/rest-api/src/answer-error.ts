import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Logger } from '@synergos/contract';
import { MOST_BODY_BYTES } from './bodies.js';
import { ApiError, toApiError } from './errors.js';
import { API_VERSION } from './mount-routes.js';

/**
 * Answers a failed request with an envelope. Unknown errors are logged with an incident id, which the response names.
 */
export function answerError(error: unknown, request: Request, response: Response, logger: Logger): void {
  let known = toApiError(error) ?? fromExpress(error);
  if (known === undefined) {
    const incident = randomUUID();
    logger.error({ incident, err: error, path: request.path }, 'a request failed by a fault of the server');
    known = new ApiError(500, `the server failed; its log has the reason, under incident ${incident}`);
  }
  if (response.headersSent) return void response.destroy();
  // Set by the route that threw the error: Express drops the path's ids in an error handler.
  const { method = `unknown.${request.method.toLowerCase()}`, params = {} } = response.locals;
  const { status, message, errors } = known;
  const envelope = { apiVersion: API_VERSION, success: 0, status, method, params, data: [] };
  response.status(status).json({ ...envelope, message, errors });
}

/** Errors of Express: malformed JSON, bodies that are too large, malformed escapes. */
function fromExpress(error: unknown): ApiError | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  if (error.status < 400 || error.status >= 500) return undefined;
  const type = 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large')
    return new ApiError(413, `the body is larger than ${MOST_BODY_BYTES / 2 ** 20} MiB`);
  if (type === 'entity.parse.failed')
    return new ApiError(400, `the body is not valid JSON: ${error.message}`);
  return new ApiError(error.status, error.message);
}
