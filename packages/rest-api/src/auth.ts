import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { ApiError } from './errors.js';

export type Auth = { readonly kind: 'none' } | { readonly kind: 'token'; readonly token: string };

/** Lets in who has the token: as `Authorization: Bearer`, or as the password of HTTP Basic. */
export function requireToken(auth: Auth): RequestHandler {
  if (auth.kind === 'none') return (_request, _response, next) => next();
  const expected = digest(auth.token);
  return (request, response, next) => {
    const given = tokenOf(request.headers.authorization);
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return next();
    response.setHeader('www-authenticate', 'Bearer, Basic realm="synergos"');
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
