import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { FailedLogins, type Logger } from '@synergos/contract';
import { trustConnection } from './connections.js';
import { ApiError } from './errors.js';

export type Auth = { readonly kind: 'none' } | { readonly kind: 'token'; readonly token: string };

/**
 * Requires the token: as `Authorization: Bearer`, or as the password of HTTP Basic. A valid token always passes; an
 * address with too many failures is answered with 429 for a while.
 */
export function requireToken(auth: Auth, logger: Logger): RequestHandler {
  if (auth.kind === 'none')
    return (request, _response, next) => {
      trustConnection(request);
      next();
    };
  const expected = digest(auth.token);
  const failures = new FailedLogins((fields, message) => logger.warn(fields, message));
  return async (request, response, next) => {
    const given = tokenOf(request.headers.authorization);
    if (given !== undefined && timingSafeEqual(digest(given), expected)) {
      trustConnection(request);
      return next();
    }
    const reason = given === undefined ? 'no token was given' : 'the token is wrong';
    const seconds = await failures.add(request.socket.remoteAddress, reason);
    if (seconds !== undefined) {
      response.setHeader('retry-after', seconds);
      throw new ApiError(429, `too many attempts with a wrong token or none; wait ${seconds} s`);
    }
    // Separate header lines: browsers do not find Basic after Bearer on one line.
    response.setHeader('www-authenticate', ['Basic realm="synergos", charset="UTF-8"', 'Bearer']);
    throw new ApiError(401, `${reason}; send the admin token as 'Authorization: Bearer <token>'`);
  };
}

function tokenOf(header: string | undefined): string | undefined {
  const [, scheme = '', value = ''] = /^(\w+) +(\S+)$/.exec(header ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const credentials = Buffer.from(value, 'base64').toString();
  return credentials.slice(credentials.indexOf(':') + 1);
}

/** Hashes both tokens to the same length, so that the comparison reveals nothing. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
