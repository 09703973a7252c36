declare module 'proxy-from-env' {
  /** The proxy's URL; empty if none is named for this URL. */
  export function getProxyForUrl(url: string): string;
}
