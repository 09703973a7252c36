import { z } from 'zod';
import type { FileStore } from '@synergos/artifacts';
import { decodeSafetensors, encodeSafetensorsHeader, MalformedTensors } from '@synergos/rpc-core';
import type { Manifest } from '@synergos/fed-algorithms';
import { bytesOf } from './global-model.js';
import { lossHistorySchema, type LossHistory } from './loss-history.js';

const STATE_PREFIX = 'state/';
const NAME = /^round-(\d+)\.safetensors$/;

/** All that a run needs to go on after a round: one file, written whole or not at all. */
export interface Checkpoint {
  readonly round: number;
  readonly weights: Float32Array;
  /** The algorithm's vectors carried between rounds, each of the model's size. */
  readonly state: Readonly<Record<string, Float32Array>>;
  readonly history: LossHistory;
  /** SHA-256 of the model that the first round started from; null: drawn from the seed. */
  readonly parent: string | null;
}

/** Whose checkpoints they are. */
export interface CheckpointOwner {
  readonly job: string;
  /** Digest of all that the training is made from; one made from anything else is not gone on with. */
  readonly definition: string;
}

export interface CheckpointsOptions {
  readonly files: FileStore;
  readonly folder: string;
  readonly owner: CheckpointOwner;
  readonly manifest: Manifest;
  /** How many are kept; at least 2, for a file may be damaged, and the last round may have to be done again. */
  readonly keep: number;
  /** Job whose training is complete: its checkpoints are nothing to go on with for another job. */
  readonly completedJob?: string | undefined;
}

const metadataSchema = z.object({
  job: z.string(),
  definition: z.string(),
  round: z.coerce.number().int(),
  history: z.string(),
  parent: z.string().optional(),
});

/** A run's checkpoints below `folder`. */
export function createCheckpoints(options: CheckpointsOptions) {
  const { files, folder, owner, manifest, keep, completedJob } = options;
  const path = (round: number) => `${folder}/round-${String(round).padStart(6, '0')}.safetensors`;

  return {
    async save({ round, weights, state, history, parent }: Checkpoint): Promise<void> {
      const names = Object.keys(state).sort();
      const tensors = [
        ...manifest.tensors,
        ...names.map((name) => ({ name: STATE_PREFIX + name, shape: [manifest.size] })),
      ];
      const metadata = {
        ...owner,
        round: String(round),
        history: JSON.stringify(history),
        ...(parent === null ? {} : { parent }),
      };
      const vectors = [weights, ...names.map((name) => state[name] ?? new Float32Array(manifest.size))];
      await files.write(path(round), [encodeSafetensorsHeader(tensors, metadata), ...vectors.map(bytesOf)]);
      const old = (await rounds()).filter((other) => other <= round - keep);
      await Promise.all(old.map((other) => files.remove(path(other))));
    },

    /** The newest one before a round; undefined if there is none to go on with. */
    async latest({ before = Infinity }: { readonly before?: number } = {}): Promise<Checkpoint | undefined> {
      for (const round of (await rounds()).filter((one) => one < before).sort((a, b) => b - a)) {
        const bytes = await files.read(path(round));
        const decoded = bytes && decodeUnlessDamaged(bytes);
        if (decoded === undefined) continue;
        const { tensors, data, metadata } = decoded;
        const told = metadataSchema.safeParse(metadata);
        if (!told.success || !isUsable(told.data)) continue;
        const names = tensors
          .slice(manifest.tensors.length)
          .map(({ name }) => name.slice(STATE_PREFIX.length));
        const vector = (index: number) => data.subarray(manifest.size * index, manifest.size * (index + 1));
        return {
          round,
          weights: vector(0),
          state: Object.fromEntries(names.map((name, index) => [name, vector(1 + index)])),
          history: lossHistorySchema.parse(JSON.parse(told.data.history)),
          parent: told.data.parent ?? null,
        };
      }
      return undefined;
    },

    /** Removes what an earlier training left. */
    async clear(): Promise<void> {
      await files.remove(folder);
    },
  };

  function isUsable({ job, definition }: z.infer<typeof metadataSchema>): boolean {
    return definition === owner.definition && (job === owner.job || job !== completedJob);
  }

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
