import type { NextFunction, Request, Response } from 'express';
import { ApiError } from './errors.js';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A browser that holds the token sends it along for pages of other sites, too: those may not change anything. */
export function refuseOtherSites(request: Request, _response: Response, next: NextFunction): void {
  const site = request.headers['sec-fetch-site'];
  if (!SAFE.has(request.method) && (site === 'cross-site' || site === 'same-site'))
    throw new ApiError(403, 'a page of another site may not call this API');
  next();
}
