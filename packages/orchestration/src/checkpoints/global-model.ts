import { createHash } from 'node:crypto';
import type { ArtifactStore, FileReader } from '@synergos/artifacts';
import type { Manifest } from '@synergos/fed-algorithms';
import {
  encodeSafetensorsHeader,
  parseSafetensorsHeader,
  safetensorsHeaderEnd,
  type TensorInfo,
  type TensorsRef,
} from '@synergos/rpc-core';
import { z } from 'zod';
import { bytesOf, type StagedUpdate } from '../updates/staged-update.js';

export const modelFileSchema = z.object({ path: z.string(), sha256: z.string(), sizeBytes: z.number() });

/** A stored model: a safetensors file that does not change. */
export interface ModelFile extends TensorsRef {
  /** Key in its store. */
  readonly path: string;
}

/** The vector of a safetensors file, read in pieces: models may be larger than memory. */
export interface VectorReader extends StagedUpdate {
  readonly tensors: readonly TensorInfo[];
  close(): Promise<void>;
}

/** Stores a vector, piece by piece, as a safetensors file with `metadata` in its header. */
export async function writeModel(
  store: Pick<ArtifactStore, 'put'>,
  path: string,
  manifest: Manifest,
  metadata: Readonly<Record<string, string>>,
  pieces: AsyncIterable<Float32Array> | Iterable<Float32Array>,
): Promise<ModelFile> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  await store.put(
    path,
    (async function* () {
      const parts = async function* () {
        yield encodeSafetensorsHeader(manifest.tensors, metadata);
        for await (const piece of pieces) yield bytesOf(piece);
      };
      for await (const part of parts()) {
        hash.update(part);
        sizeBytes += part.length;
        yield part;
      }
    })(),
  );
  return { path, sizeBytes, sha256: hash.digest('hex') };
}

/** Reads the header of a safetensors file; the reader closes the file. Rejects with `MalformedTensors`. */
export async function openVector(file: FileReader | undefined): Promise<VectorReader | undefined> {
  if (file === undefined) return undefined;
  try {
    const length = new Uint8Array(Math.min(8, file.sizeBytes));
    await file.read(length, 0);
    const header = new Uint8Array(Math.min(safetensorsHeaderEnd(length) ?? 0, file.sizeBytes));
    await file.read(header, 0);
    const { tensors, dataOffset, dataBytes } = parseSafetensorsHeader(header);
    return {
      tensors,
      size: dataBytes / Float32Array.BYTES_PER_ELEMENT,
      read: (start, target) =>
        file.read(bytesOf(target), dataOffset + start * Float32Array.BYTES_PER_ELEMENT),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Names and shapes of tensors in one line, to compare models and for messages. */
export function describeTensors(tensors: readonly TensorInfo[]): string {
  return tensors.map(({ name, shape }) => `${name}[${shape.join(',')}]`).join(' ');
}
