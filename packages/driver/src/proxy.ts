import { isLoopback } from '@synergos/contract';

const NAMES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];

/**
 * The platform's `fetch`, or where the environment names a proxy (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`) one that
 * uses it. This machine itself is reached without.
 */
export function environmentFetch(base: URL): typeof fetch {
  const env = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env ?? {};
  if (isLoopback(base.hostname) || !NAMES.some((name) => env[name])) return fetch;
  let loading: Promise<typeof fetch> | undefined;
  return async (input, init) => (await (loading ??= proxiedFetch()))(input, init);
}

/** Loaded where it is needed only: not for browsers. */
async function proxiedFetch(): Promise<typeof fetch> {
  const undici = await import('undici');
  const dispatcher = new undici.EnvHttpProxyAgent();
  return ((input: string, init: object) =>
    undici.fetch(input, { ...init, dispatcher })) as unknown as typeof fetch;
}
