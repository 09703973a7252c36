import { z } from 'zod';
import type { FileStore } from '@synergos/artifacts';
import type { Numbers } from '@synergos/fed-algorithms';
import type { ModelFile } from './global-model.js';
import { createLossFiles } from './loss-files.js';
import { lossHistorySchema, type LossHistory, type RoundLosses } from './loss-history.js';

const NAME = /^round-(\d+)\.json$/;

/** All that a run needs to go on after a round. */
export interface Checkpoint {
  readonly round: number;
  readonly model: ModelFile;
  /** The algorithm's vectors carried between rounds, each a file of the store. */
  readonly state: Readonly<Record<string, ModelFile>>;
  /** What the aggregation rule carries between rounds, likewise. */
  readonly carried: Readonly<Record<string, ModelFile>>;
  /** What the algorithm carries in numbers. */
  readonly numbers: Numbers;
  readonly history: LossHistory;
  /** For each participant the last round in which its update counted, whose state it goes on from. */
  readonly counted: Readonly<Record<string, number>>;
  /** When the round was over (ISO 8601), and how long it took; null before the first. */
  readonly completed: { readonly at: string; readonly seconds: number } | null;
  /** SHA-256 of the model that the first round started from; null: drawn from the seed. */
  readonly parent: string | null;
}

export interface SavedCheckpoint extends Checkpoint {
  /** That saved it. */
  readonly job: string;
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
  /** How many are kept; at least 2, for a file may be damaged, and the last round may have to be done again. */
  readonly keep: number;
  /** Job whose training is complete: its checkpoints are nothing to go on with for another job. */
  readonly completedJob?: string | undefined;
}

const fileSchema = z.object({ path: z.string(), sha256: z.string(), sizeBytes: z.number() });
const recordSchema = z.object({
  format: z.literal('synergos-checkpoint/2'),
  job: z.string(),
  definition: z.string(),
  round: z.number().int(),
  model: fileSchema,
  state: z.record(z.string(), fileSchema),
  carried: z.record(z.string(), fileSchema).default({}),
  numbers: z.record(z.string(), z.number()).default({}),
  history: lossHistorySchema,
  counted: z.record(z.string(), z.number().int()).default({}),
  completed: z.object({ at: z.string(), seconds: z.number() }).nullable().default(null),
  parent: z.string().nullable(),
});
type CheckpointRecord = z.infer<typeof recordSchema>;

/** A run's checkpoints below `folder`: files of vectors, and a record of them that is written last. */
export function createCheckpoints({ files, folder, owner, keep, completedJob }: CheckpointsOptions) {
  const base = (round: number) => `${folder}/round-${String(round).padStart(6, '0')}`;
  const losses = createLossFiles(files, folder);
  const recordPath = (round: number) => `${base(round)}.json`;
  let tidying: Promise<void> = Promise.resolve();

  return {
    folder,
    /** Where the vectors of a round are to be written before it is saved. */
    modelPath: (round: number): string => `${base(round)}.safetensors`,
    statePath: (round: number, name: string): string =>
      `${base(round)}.${encodeURIComponent(name)}.state.safetensors`,

    /**
     * The checkpoint to go on with: its history is without what has gone into files of its own. What is not kept any more
     * is removed while the training goes on.
     */
    async save(checkpoint: Checkpoint): Promise<Checkpoint> {
      const kept = { ...checkpoint, history: await losses.store(checkpoint.history) };
      const record: CheckpointRecord = { format: 'synergos-checkpoint/2', ...kept, ...owner };
      await files.write(recordPath(checkpoint.round), `${JSON.stringify(record)}\n`);
      await tidying;
      tidying = removeUpTo(checkpoint.round - keep);
      // Seen by who awaits it: the next one to save, or the last one to go.
      tidying.catch(() => undefined);
      return kept;
    },

    /** Once what is not kept is removed. */
    tidied: (): Promise<void> => tidying,

    /** Of all rounds up to a checkpoint, in order. */
    losses: ({ history }: Pick<Checkpoint, 'history'>): AsyncGenerator<RoundLosses> => losses.read(history),

    /** The newest whole one before a round; undefined if there is none to go on with. */
    async latest({ before = Infinity }: { readonly before?: number } = {}): Promise<
      SavedCheckpoint | undefined
    > {
      for (const round of (await rounds()).filter((one) => one < before).sort((a, b) => b - a)) {
        const record = await readRecord(round);
        if (record === undefined || !isUsable(record)) continue;
        const { format: _format, definition: _definition, ...saved } = record;
        const { model, state, carried } = saved;
        const vectors = await Promise.all(
          [model, ...Object.values(state), ...Object.values(carried)].map(isWhole),
        );
        if (vectors.every(Boolean)) return saved;
      }
      return undefined;
    },

    /** Removes what an earlier training left. */
    async clear(): Promise<void> {
      await files.remove(folder);
    },
  };

  async function readRecord(round: number): Promise<CheckpointRecord | undefined> {
    const bytes = await files.read(recordPath(round));
    try {
      return recordSchema.parse(JSON.parse(Buffer.from(bytes ?? '').toString()));
    } catch {
      // A disk may lose what it said it wrote; the checkpoint before is as good, only older.
      return undefined;
    }
  }

  function isUsable({ job, definition }: CheckpointRecord): boolean {
    return definition === owner.definition && (job === owner.job || job !== completedJob);
  }

  async function isWhole({ path, sha256 }: ModelFile): Promise<boolean> {
    return (await files.digest(path))?.sha256 === sha256;
  }

  /** The record first: files without one count for nothing. */
  async function remove(round: number): Promise<void> {
    await files.remove(recordPath(round));
    const prefix = `${base(round).slice(folder.length + 1)}.`;
    for (const name of await files.list(folder))
      if (name.startsWith(prefix)) await files.remove(`${folder}/${name}`);
  }

  async function removeUpTo(round: number): Promise<void> {
    for (const old of await rounds()) if (old <= round) await remove(old);
  }

  async function rounds(): Promise<number[]> {
    const names = await files.list(folder);
    return names.flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number);
  }
}

export type Checkpoints = ReturnType<typeof createCheckpoints>;
