import { readFile } from 'node:fs/promises';

export interface TlsChoices {
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
}

/** Certificate and key as PEM; undefined without TLS. */
export async function readTls({
  tlsCert,
  tlsKey,
}: TlsChoices): Promise<{ readonly cert: string; readonly key: string } | undefined> {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  return { cert: await readPem(tlsCert, '--tls-cert'), key: await readPem(tlsKey, '--tls-key') };
}

/** Reads the file of an option. The error names both. */
export async function readPem(file: string, option: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${option}: ${file} cannot be read (${cause.code ?? cause.message})`, { cause });
  });
}
