import { isLoopback } from '@synergos/contract';

const NAMES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];

/**
 * Returns the platform's `fetch`, or one that uses the proxy of the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`).
 * This machine is reached directly.
 */
export function environmentFetch(base: URL): typeof fetch {
  const env = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env ?? {};
  if (isLoopback(base.hostname) || !NAMES.some((name) => env[name])) return fetch;
  let loading: Promise<typeof fetch> | undefined;
  return async (input, init) => (await (loading ??= proxiedFetch()))(input, init);
}

/** Loaded on demand only: browsers lack it. */
async function proxiedFetch(): Promise<typeof fetch> {
  const undici = await import('undici');
  const dispatcher = new undici.EnvHttpProxyAgent();
  return ((input: string, init: object) =>
    undici.fetch(input, { ...init, dispatcher })) as unknown as typeof fetch;
}
