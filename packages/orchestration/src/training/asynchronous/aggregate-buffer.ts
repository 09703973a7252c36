import {
  partitionOf,
  type Aggregator,
  type AggregatorState,
  type Share,
  type Totals,
} from '@synergos/fed-algorithms';
import type { Checkpoint } from '../../checkpoints/checkpoint.js';
import { openVector } from '../../checkpoints/global-model.js';
import type { Dependencies } from '../../dependencies.js';
import type { RunDefinition } from '../../project/run-definition.js';
import { Folding } from '../../updates/folding.js';
import type { StagedUpdate } from '../../updates/staged-update.js';
import type { Aggregated } from '../round.js';
import type { Arrival } from './local-trainings.js';

export interface BufferOptions {
  readonly dependencies: Dependencies;
  readonly run: RunDefinition;
  readonly rule: Aggregator;
  readonly carried: AggregatorState | undefined;
}

/** Aggregates a full buffer of updates, weighted by their staleness. */
export async function aggregateBuffer(
  { dependencies: { scratch, engine }, run, rule, carried }: BufferOptions,
  current: Checkpoint,
  arrivals: readonly Arrival[],
): Promise<Aggregated> {
  const { algorithm, args, manifest } = run;
  const asynchronous = algorithm.server?.asynchronous;
  const shape = { aggregator: rule, engine, size: manifest.size, partition: partitionOf(manifest) };
  const opened: { close(): Promise<void> }[] = [];
  const open = async (path: string) => {
    const vector = await openVector(await scratch.open(path));
    if (vector === undefined) throw new Error(`${path} is gone`);
    opened.push(vector);
    return vector;
  };
  try {
    const present = asynchronous?.fromPresent ? await open(current.model.path) : undefined;
    const updates: StagedUpdate[] = [];
    for (const {
      update,
      version: { checkpoint },
    } of arrivals)
      updates.push(
        present === undefined || checkpoint.round === current.round
          ? update
          : rebased(update, await open(checkpoint.model.path), present),
      );
    const shares = arrivals.map(({ version, report: { samples } }): Share => {
      const staleness = current.round - version.checkpoint.round;
      const weight = samples === 0 ? 0 : (asynchronous?.weight(staleness, args) ?? 1);
      return { weight, plainWeight: weight * samples };
    });
    const weighted = arrivals.filter((_, index) => shares[index]!.weight > 0);
    const received: Record<string, Float32Array> = {};
    for (const name of algorithm.client?.sends ?? []) {
      const vectors = weighted.flatMap(({ auxiliary }) => auxiliary.get(name) ?? []);
      const equal = vectors.map(() => ({ weight: 1 }));
      if (vectors.length > 0) received[name] = await fold(shape, vectors, equal);
    }
    return {
      aggregate: await fold({ ...shape, state: carried }, updates, shares, totalsOf(arrivals)),
      received,
      reports: weighted.map(({ report }) => report),
    };
  } finally {
    for (const vector of opened) await vector.close();
  }
}

function fold(
  shape: Omit<ConstructorParameters<typeof Folding>[0], 'cohort'>,
  updates: readonly StagedUpdate[],
  shares: readonly Share[],
  totals?: Totals,
): Promise<Float32Array> {
  const folding = new Folding({ ...shape, cohort: updates.map((_, index) => String(index)) });
  updates.forEach((update, index) => folding.add(String(index), update, shares[index]!));
  return folding.finish(totals);
}

/** Each arrival moves the model by its share of the buffer. */
function totalsOf(arrivals: readonly Arrival[]): Totals {
  return {
    weight: arrivals.length,
    plainWeight: arrivals.reduce((sum, { report: { samples } }) => sum + samples, 0),
  };
}

/** The same local model as a difference from the present global model: Δ + start − present. */
function rebased(update: StagedUpdate, start: StagedUpdate, present: StagedUpdate): StagedUpdate {
  return {
    size: update.size,
    async read(from, target) {
      const [a, b] = [new Float32Array(target.length), new Float32Array(target.length)];
      await Promise.all([update.read(from, target), start.read(from, a), present.read(from, b)]);
      for (let i = 0; i < target.length; i++) target[i]! += a[i]! - b[i]!;
    },
  };
}
