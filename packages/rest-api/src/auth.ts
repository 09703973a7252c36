import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { ApiError } from './errors.js';

export type Auth = { readonly kind: 'none' } | { readonly kind: 'token'; readonly token: string };

/** So many failures from one address within a minute, then it has to wait. */
const MOST_FAILURES = 20;
const WINDOW_SECONDS = 60;

/**
 * Lets in who has the token: as `Authorization: Bearer`, or as the password of HTTP Basic. An address that fails too
 * often is refused for a while, whatever it sends then.
 */
export function requireToken(auth: Auth): RequestHandler {
  if (auth.kind === 'none') return (_request, _response, next) => next();
  const expected = digest(auth.token);
  const failures = new RateLimiterMemory({ points: MOST_FAILURES, duration: WINDOW_SECONDS });
  return async (request, response, next) => {
    const address = request.socket.remoteAddress ?? 'unknown';
    const known = await failures.get(address);
    if (known !== null && known.consumedPoints >= MOST_FAILURES) {
      const seconds = Math.ceil(known.msBeforeNext / 1000);
      response.setHeader('retry-after', seconds);
      throw new ApiError(429, `too many attempts with a wrong token or none; wait ${seconds} s`);
    }
    const given = tokenOf(request.headers.authorization);
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return next();
    await failures.penalty(address);
    // One line each: browsers do not find Basic behind Bearer on the same one.
    response.setHeader('www-authenticate', ['Basic realm="synergos", charset="UTF-8"', 'Bearer']);
    const why = given === undefined ? 'no token was given' : 'the token is wrong';
    throw new ApiError(401, `${why}; send the admin token as 'Authorization: Bearer <token>'`);
  };
}

function tokenOf(header: string | undefined): string | undefined {
  const [, scheme = '', value = ''] = /^(\w+) +(\S+)$/.exec(header ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const credentials = Buffer.from(value, 'base64').toString();
  return credentials.slice(credentials.indexOf(':') + 1);
}

/** Equal lengths, so that the comparison tells nothing. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
