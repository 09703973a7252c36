import { z } from 'zod';

const LONGEST_HOST = 253;
const NAME = /^[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_])?\.?$/u;

/** A host name or an IP address: no scheme, port, path or user. IPv6 with or without brackets; underscores as in Docker. */
export const hostSchema = z
  .string()
  .max(LONGEST_HOST)
  .refine((host) => (host.includes(':') ? isIpv6(host) : NAME.test(host)), {
    error: 'expected a host name or an IP address, without scheme, port, path or user',
  });

/** The host as it stands in a URL. */
export function hostInUrl(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

function isIpv6(host: string): boolean {
  return /^\[?[\da-f:.]+\]?$/i.test(host) && URL.canParse(`http://${hostInUrl(host)}`);
}
