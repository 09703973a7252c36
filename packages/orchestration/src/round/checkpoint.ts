import { z } from 'zod';
import type { FileStore } from '@synergos/artifacts';
import { decodeSafetensors, encodeSafetensors, MalformedTensors } from '@synergos/rpc-core';
import type { Manifest } from '@synergos/fed-algorithms';
import { lossHistorySchema, type LossHistory } from './loss-history.js';

const KEPT = 2;
const STATE_PREFIX = 'state/';
const NAME = /^round-(\d+)\.safetensors$/;

/** All that a run needs to go on after a round: one file, written whole or not at all. */
export interface Checkpoint {
  readonly round: number;
  readonly weights: Float32Array;
  /** The algorithm's vectors carried between rounds, each of the model's size. */
  readonly state: Readonly<Record<string, Float32Array>>;
  readonly history: LossHistory;
}

const metadataSchema = z.object({ job: z.string(), round: z.coerce.number().int(), history: z.string() });

/** The checkpoints of one job below `folder`; those of other jobs are not read. */
export function createCheckpoints(files: FileStore, folder: string, job: string, manifest: Manifest) {
  const path = (round: number) => `${folder}/round-${String(round).padStart(6, '0')}.safetensors`;

  return {
    async save({ round, weights, state, history }: Checkpoint): Promise<void> {
      const names = Object.keys(state).sort();
      const tensors = [
        ...manifest.tensors,
        ...names.map((name) => ({ name: STATE_PREFIX + name, shape: [manifest.size] })),
      ];
      const data = new Float32Array(manifest.size * (1 + names.length));
      data.set(weights);
      names.forEach((name, index) => data.set(state[name] ?? [], manifest.size * (1 + index)));
      const metadata = { job, round: String(round), history: JSON.stringify(history) };
      await files.write(path(round), encodeSafetensors(tensors, data, metadata));
      const old = (await rounds()).filter((other) => other <= round - KEPT);
      await Promise.all(old.map((other) => files.remove(path(other))));
    },

    /** The newest one; undefined if the job has none. */
    async latest(): Promise<Checkpoint | undefined> {
      for (const round of (await rounds()).sort((a, b) => b - a)) {
        const bytes = await files.read(path(round));
        const decoded = bytes && decodeUnlessDamaged(bytes);
        if (decoded === undefined) continue;
        const { tensors, data, metadata } = decoded;
        const { job: owner, history } = metadataSchema.parse(metadata);
        if (owner !== job) continue;
        const names = tensors
          .slice(manifest.tensors.length)
          .map(({ name }) => name.slice(STATE_PREFIX.length));
        const vector = (index: number) => data.slice(manifest.size * index, manifest.size * (index + 1));
        return {
          round,
          weights: vector(0),
          state: Object.fromEntries(names.map((name, index) => [name, vector(1 + index)])),
          history: lossHistorySchema.parse(JSON.parse(history)),
        };
      }
      return undefined;
    },

    /** Removes what an earlier job left. */
    async clear(): Promise<void> {
      await files.remove(folder);
    },
  };

  async function rounds(): Promise<number[]> {
    const names = await files.list(folder);
    return names.flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number);
  }
}

/** A disk may lose what it said it wrote; the checkpoint before is as good, only older. */
function decodeUnlessDamaged(bytes: Uint8Array): ReturnType<typeof decodeSafetensors> | undefined {
  try {
    return decodeSafetensors(bytes);
  } catch (error) {
    if (error instanceof MalformedTensors) return undefined;
    throw error;
  }
}
