import { hostInUrl, hostSchema } from '@synergos/contract';

/** Whether this MLflow server, an origin such as `http://mlflow:5000`, is one of a list. */
export type AllowsServer = (origin: string) => boolean;

/** Servers by `host` (any port) or `host:port`. Throws an `Error` that names the entry that is neither. */
export function serversNamed(entries: readonly string[]): AllowsServer {
  const named = entries.map((entry) => {
    const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(entry.trim()) ?? [];
    if (!hostSchema.safeParse(host).success)
      throw new Error(
        `'${entry}' is not HOST or HOST:PORT; write an IPv6 address in brackets, as [::1]:5000`,
      );
    return { hostname: new URL(`http://${hostInUrl(host)}`).hostname, port };
  });
  return (origin) => {
    const { hostname, port, protocol } = new URL(origin);
    const effective = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
    return named.some((one) => one.hostname === hostname && (one.port ?? effective) === effective);
  };
}
