import { parseBoundedJson, STORED_JSON } from '@synergos/contract';
import { z } from 'zod';
import { digestOf, namesIn, type ScratchStore } from '@synergos/artifacts';
import type { Numbers } from '@synergos/fed-algorithms';
import { modelFileSchema, type ModelFile } from './global-model.js';
import { createLossFiles } from './loss-files.js';
import { lossHistorySchema, type LossHistory, type RoundLosses } from './loss-history.js';
import { shareSchema, type Shares } from '../updates/shares.js';
import { noStanding, standingSchema, type Standing } from './standing.js';

const NAME = /^round-(\d+)\.json$/;
const FILE = /^round-(\d+)\./;

/** Everything a run needs to continue after a round. */
export interface Checkpoint {
  readonly round: number;
  readonly model: ModelFile;
  /** The algorithm's vectors carried between rounds, each a file of the store. */
  readonly state: Readonly<Record<string, ModelFile>>;
  /** State of the aggregation rule, each vector a file of the store. */
  readonly carried: Readonly<Record<string, ModelFile>>;
  /** Numbers that the algorithm carries between rounds. */
  readonly numbers: Numbers;
  readonly history: LossHistory;
  /** Last round with an update of each participant: its local state is of that round. */
  readonly counted: Readonly<Record<string, number>>;
  /** Contribution of each participant. */
  readonly shares: Shares;
  /** The best evaluated round; the file of its model is kept as long as a checkpoint refers to it. */
  readonly standing: Standing;
  /** End of the round (ISO 8601) and its duration; null before the first round. */
  readonly completed: { readonly at: string; readonly seconds: number } | null;
  /** SHA-256 of the model that the first round started from; null: drawn from the seed. */
  readonly parent: string | null;
}

export interface SavedCheckpoint extends Checkpoint {
  /** Job that saved the checkpoint. */
  readonly job: string;
}

/** Owner of checkpoints: a job, and the definition of its training. */
export interface CheckpointOwner {
  readonly job: string;
  /** Digest of the definition of the training; checkpoints of other definitions are not resumed from. */
  readonly definition: string;
  /** Digests of the same training by earlier versions. */
  readonly earlierDefinitions?: readonly string[];
}

/** Checkpoints of an incomplete training that this one cannot resume from. */
export interface SetAside {
  readonly round: number;
  /** `definition`: made from other arguments, layers, data or tags; `format`: written by another version. */
  readonly reason: 'definition' | 'format';
  /** Their present folder, relative to the outputs directory. */
  readonly folder: string;
}

export interface CheckpointsOptions {
  readonly scratch: ScratchStore;
  readonly folder: string;
  readonly owner: CheckpointOwner;
  /** Number of checkpoints to keep; at least 2, for a file may be damaged, and the last round may have to be repeated. */
  readonly keep: number;
  /** Job whose training is complete: other jobs do not resume from its checkpoints. */
  readonly completedJob?: string | undefined;
}

const recordSchema = z.object({
  format: z.literal('synergos-checkpoint/2'),
  job: z.string(),
  definition: z.string(),
  round: z.number().int(),
  model: modelFileSchema,
  state: z.record(z.string(), modelFileSchema),
  carried: z.record(z.string(), modelFileSchema).default({}),
  numbers: z.record(z.string(), z.number()).default({}),
  history: lossHistorySchema,
  counted: z.record(z.string(), z.number().int()).default({}),
  shares: z.record(z.string(), shareSchema).default({}),
  standing: standingSchema.default(noStanding),
  completed: z.object({ at: z.string(), seconds: z.number() }).nullable().default(null),
  parent: z.string().nullable(),
});
type CheckpointRecord = z.infer<typeof recordSchema>;
/** Fields that checkpoints of every version have. */
const stampSchema = z.object({
  format: z.string().startsWith('synergos-checkpoint/'),
  job: z.string().optional(),
  definition: z.string().optional(),
});

/** A run's checkpoints below `folder`: files of vectors, and a record of them that is written last. */
export function createCheckpoints({ scratch, folder, owner, keep, completedJob }: CheckpointsOptions) {
  const base = (round: number) => `${folder}/round-${String(round).padStart(6, '0')}`;
  const losses = createLossFiles(scratch, folder);
  const modelPath = (round: number): string => `${base(round)}.safetensors`;
  const recordPath = (round: number) => `${base(round)}.json`;
  let tidying: Promise<void> = Promise.resolve();
  /** The best rounds that saved checkpoints refer to, by checkpoint. */
  const bests = new Map<number, number>();

  return {
    folder,
    /** Paths for the vectors of a round, written before it is saved. */
    modelPath,
    statePath: (round: number, name: string): string =>
      `${base(round)}.${encodeURIComponent(name)}.state.safetensors`,

    /**
     * Saves a checkpoint. The result has only the part of the history that is not in files of its own. Expired checkpoints
     * are removed in the background.
     */
    async save(checkpoint: Checkpoint): Promise<Checkpoint> {
      const kept = { ...checkpoint, history: await losses.store(checkpoint.history) };
      const { job, definition } = owner;
      const record: CheckpointRecord = { format: 'synergos-checkpoint/2', ...kept, job, definition };
      await scratch.put(recordPath(checkpoint.round), `${JSON.stringify(record)}\n`);
      refer(kept);
      await tidying;
      tidying = removeUpTo(checkpoint.round - keep);
      // The next `save`, or `tidied`, awaits the promise and throws the error.
      tidying.catch(() => undefined);
      return kept;
    },

    /** Resolves once expired checkpoints are removed. */
    tidied: (): Promise<void> => tidying,

    /** Losses of all rounds up to a checkpoint, in order. */
    losses: ({ history }: Pick<Checkpoint, 'history'>): AsyncGenerator<RoundLosses> => losses.read(history),

    /** The newest intact checkpoint before a round; undefined if there is none to resume from. */
    async latest({ before = Infinity }: { readonly before?: number } = {}): Promise<
      SavedCheckpoint | undefined
    > {
      for (const round of (await rounds()).filter((one) => one < before).sort((a, b) => b - a)) {
        const record = await readRecord(round);
        if (record === undefined || !isUsable(record)) continue;
        const { format: _format, definition: _definition, ...saved } = record;
        const { model, state, carried, standing } = saved;
        const best = standing.best === null ? [] : [standing.best.model];
        const vectors = await Promise.all(
          [model, ...best, ...Object.values(state), ...Object.values(carried)].map(isWhole),
        );
        if (!vectors.every(Boolean)) continue;
        refer(saved);
        return saved;
      }
      return undefined;
    },

    /**
     * Prepares a training that starts from round 0. Checkpoints of a complete training and damaged ones are removed. Those of
     * an incomplete training are moved to a folder next to them, and replace earlier ones there.
     */
    async clear(): Promise<SetAside | undefined> {
      const kept = await unusable();
      const aside = `${folder}-incompatible`;
      if (kept === undefined) await scratch.deleteFolder(folder);
      else {
        await scratch.deleteFolder(aside);
        await scratch.moveFolder(folder, aside);
      }
      return kept && { ...kept, folder: aside };
    },
  };

  /** The newest checkpoint of another, incomplete training. */
  async function unusable(): Promise<Pick<SetAside, 'round' | 'reason'> | undefined> {
    for (const round of (await rounds()).sort((a, b) => b - a)) {
      const raw = await readJson(round);
      const { success: isCheckpoint, data: stamp } = stampSchema.safeParse(raw);
      if (!isCheckpoint) continue;
      if (stamp.job !== undefined && stamp.job === completedJob) continue;
      if (!recordSchema.safeParse(raw).success) return { round, reason: 'format' };
      if (!isDefinition(stamp.definition)) return { round, reason: 'definition' };
    }
    return undefined;
  }

  async function readRecord(round: number): Promise<CheckpointRecord | undefined> {
    return recordSchema.safeParse(await readJson(round)).data;
  }

  async function readJson(round: number): Promise<unknown> {
    const bytes = await scratch.get(recordPath(round));
    try {
      return parseBoundedJson(bytes ?? '', STORED_JSON);
    } catch {
      // A disk may lose data that it reported as written; the previous checkpoint is as good, only older.
      return undefined;
    }
  }

  function isUsable({ job, definition }: CheckpointRecord): boolean {
    return isDefinition(definition) && (job === owner.job || job !== completedJob);
  }

  function isDefinition(definition: string | undefined): boolean {
    const { definition: own, earlierDefinitions = [] } = owner;
    return definition !== undefined && [own, ...earlierDefinitions].includes(definition);
  }

  async function isWhole({ path, sha256 }: ModelFile): Promise<boolean> {
    return (await digestOf(scratch, path))?.sha256 === sha256;
  }

  function refer({ round, standing: { best } }: Checkpoint): void {
    if (best !== null) bests.set(round, best.round);
  }

  /** Removes records first: files without a record are ignored. Models that a kept checkpoint refers to stay. */
  async function removeUpTo(round: number): Promise<void> {
    for (const old of await rounds()) {
      if (old > round) continue;
      await scratch.delete(recordPath(old));
      bests.delete(old);
    }
    const held = new Set([...bests.values()].map((best) => nameOf(modelPath(best))));
    for (const name of await namesIn(scratch, folder)) {
      const of = Number(FILE.exec(name)?.[1] ?? Infinity);
      if (of <= round && !held.has(name)) await scratch.delete(`${folder}/${name}`);
    }
  }

  function nameOf(path: string): string {
    return path.slice(folder.length + 1);
  }

  async function rounds(): Promise<number[]> {
    const names = await namesIn(scratch, folder);
    return names.flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number);
  }
}

export type Checkpoints = ReturnType<typeof createCheckpoints>;
