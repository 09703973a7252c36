import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ArtifactContent, ArtifactInfo, ArtifactStore, ByteRange } from '../stores/artifact-store.js';
import { checkKey, splitPrefix } from '../stores/keys.js';

/** Stores artifacts in memory, for tests. Like a store on another machine, it has no local files. */
export function createMemoryArtifactStore(): ArtifactStore {
  const stored = new Map<string, ArtifactInfo & { readonly bytes: Buffer }>();
  let puts = 0;
  const rangeOf = (key: string, { start, end = Infinity }: ByteRange = { start: 0 }) => {
    checkKey(key);
    return stored.get(key)?.bytes.subarray(start, end + 1);
  };

  return {
    async put(key, content, { ifAbsent = false } = {}) {
      checkKey(key);
      const bytes = await bytesOf(content);
      if (ifAbsent && stored.has(key)) return false;
      stored.set(key, {
        key,
        sizeBytes: bytes.length,
        modifiedAt: new Date(),
        version: String((puts += 1)),
        bytes,
      });
      return true;
    },

    async head(key) {
      checkKey(key);
      return withoutBytes(stored.get(key));
    },

    async get(key, range) {
      const bytes = rangeOf(key, range);
      return bytes && Buffer.from(bytes);
    },

    async stream(key, range) {
      const bytes = rangeOf(key, range);
      return bytes && Readable.from(bytes.length === 0 ? [] : [bytes], { objectMode: false });
    },

    async *list(prefix) {
      splitPrefix(prefix);
      for (const [key, info] of stored) if (key.startsWith(prefix)) yield withoutBytes(info)!;
    },

    async delete(key) {
      checkKey(key);
      stored.delete(key);
    },

    async deleteFolder(folder) {
      checkKey(folder);
      for (const key of stored.keys()) if (key.startsWith(`${folder}/`)) stored.delete(key);
    },
  };
}

async function bytesOf(content: ArtifactContent): Promise<Buffer> {
  if (typeof content === 'string') return Buffer.from(content);
  if (content instanceof Uint8Array) return Buffer.from(content);
  if ('file' in content) return readFile(content.file);
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}

function withoutBytes(
  found: (ArtifactInfo & { readonly bytes: Buffer }) | undefined,
): ArtifactInfo | undefined {
  if (found === undefined) return undefined;
  const { bytes: _bytes, ...info } = found;
  return info;
}
