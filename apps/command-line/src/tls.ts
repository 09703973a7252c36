import { readFile } from 'node:fs/promises';

export interface TlsChoices {
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
}

/** Certificate and key as PEM; undefined where TLS was not asked for. */
export async function readTls({
  tlsCert,
  tlsKey,
}: TlsChoices): Promise<{ readonly cert: string; readonly key: string } | undefined> {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  return { cert: await readFile(tlsCert, 'utf8'), key: await readFile(tlsKey, 'utf8') };
}
