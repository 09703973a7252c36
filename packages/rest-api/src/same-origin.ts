import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { isLoopback } from '@synergos/contract';
import { ApiError } from './errors.js';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface OriginPolicy {
  /** Host names of this server for browsers: the names of a proxy in front of it, or its own domain name. */
  readonly allowedHosts: readonly string[];
  /** Whether requests need no token: a page that reaches this server by its own domain name could then do anything. */
  readonly isOpen: boolean;
}

/**
 * Protects against pages of other sites in the browser of an authorised user of the API. A page must not change
 * anything with the credentials that the browser holds (CSRF): its origin must be the host that it calls. A page must
 * not reach the server by a domain name that its owner points at it (DNS rebinding): the host must be a name of this
 * server, for requests of browsers and, without a token, for all. TLS excludes the latter by its certificate.
 */
export function refuseOtherSites({ allowedHosts, isOpen }: OriginPolicy): RequestHandler {
  const allowed = new Set(allowedHosts.map((name) => name.toLowerCase()));
  return (request: Request, _response: Response, next: NextFunction) => {
    const { origin, referer } = request.headers;
    const site = request.headers['sec-fetch-site'];
    const isBrowser = origin !== undefined || site !== undefined || referer !== undefined;
    const host = hostOf(`http://${request.headers.host}`);
    const isEncrypted = (request.socket as Partial<TLSSocket>).encrypted === true;
    if ((isBrowser || isOpen) && !isEncrypted && host !== undefined && !isOwnName(host.hostname, allowed))
      throw new ApiError(
        403,
        `'${host.hostname}' is not known as a name of this server; if it is one, start the server with --allowed-host ${host.hostname}`,
      );
    if (SAFE.has(request.method)) return next();
    const from = origin ?? referer;
    if (
      site === 'cross-site' ||
      site === 'same-site' ||
      (from !== undefined && !isSame(from, request, allowed))
    )
      throw new ApiError(403, 'a page of another site may not call this API');
    next();
  };
}

/** Names that no outsider can point at this server: a rebinding page needs a domain name of its own. */
function isOwnName(hostname: string, allowed: ReadonlySet<string>): boolean {
  const name = hostname.replace(/^\[|\]$/g, '');
  return (
    isLoopback(name) ||
    isIP(name) !== 0 ||
    !name.includes('.') ||
    /\.(local|internal|home\.arpa)$/.test(name) ||
    allowed.has(name)
  );
}

/** Whether a page's origin is the host that it calls; the default port is optional. */
function isSame(from: string, { headers }: Request, allowed: ReadonlySet<string>): boolean {
  const page = hostOf(from);
  if (page === undefined) return false;
  return allowed.has(page.hostname) || hostOf(`${page.protocol}//${headers.host}`)?.host === page.host;
}

function hostOf(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}
