import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isLoopback } from '@synergos/contract';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import { DataPlaneError } from '../protocol/errors.js';

/**
 * The HTTP proxy that the environment names for this URL: `HTTPS_PROXY` or `HTTP_PROXY` by its protocol, else
 * `ALL_PROXY`, unless `NO_PROXY` lists its host. Undefined without one, and for this machine itself. Throws on a proxy
 * that is not HTTP.
 */
export function proxyFor(url: URL): URL | undefined {
  if (isLoopback(url.hostname)) return undefined;
  const secure = url.protocol === 'https:' || url.protocol === 'wss:';
  const found = getProxyForUrl(`${secure ? 'https:' : 'http:'}//${url.host}`);
  if (found === '') return undefined;
  const proxy = URL.canParse(found) ? new URL(found) : undefined;
  if (proxy !== undefined && /^https?:$/.test(proxy.protocol)) return proxy;
  throw new DataPlaneError(
    'bad_proxy',
    `the proxy named for ${url.host} in HTTPS_PROXY, HTTP_PROXY or ALL_PROXY is none; expected http://HOST:PORT`,
  );
}

/**
 * Connections to the TTP: through the proxy that the environment names, or direct. A proxy is used as a tunnel (CONNECT)
 * for plain HTTP too: a WebSocket has no other way.
 */
export function agentFor(url: URL, ca: string | Buffer | undefined): HttpAgent | HttpsAgent {
  const proxy = proxyFor(url);
  if (proxy !== undefined) return new HttpsProxyAgent(proxy, { keepAlive: true });
  return url.protocol === 'https:'
    ? new HttpsAgent({ keepAlive: true, ca })
    : new HttpAgent({ keepAlive: true });
}
