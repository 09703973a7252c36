import { createHash } from 'node:crypto';
import type { ArtifactStore } from './artifact-store.js';

export interface FileDigest {
  /** Hexadecimal. */
  readonly sha256: string;
  readonly size_bytes: number;
}

/** Reads an artifact once, in chunks. Resolves with `undefined` if there is none. */
export async function digestOf(
  store: Pick<ArtifactStore, 'stream'>,
  key: string,
): Promise<FileDigest | undefined> {
  const chunks = await store.stream(key);
  if (chunks === undefined) return undefined;
  const hash = createHash('sha256');
  let size_bytes = 0;
  for await (const chunk of chunks as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    size_bytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), size_bytes };
}
