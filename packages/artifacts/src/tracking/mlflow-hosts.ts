import { hostInUrl, hostSchema } from '@synergos/contract';

/** Whether an MLflow server, an origin such as `http://mlflow:5000`, is in the list. */
export type AllowsServer = (origin: string) => boolean;

/** Parses a list of `host` (any port) or `host:port`. Throws an `Error` that names an invalid entry. */
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
