import { failureOf } from '@synergos/contract';
import {
  partitionOf,
  shareOf,
  weightOf,
  type Aggregator,
  type AggregatorState,
  type Algorithm,
  type Engine,
  type Report,
  type Registry,
  type RunArguments,
} from '@synergos/fed-algorithms';
import type { EmitEvent } from '@synergos/contract/events';
import type { TrainTask } from '@synergos/rpc-core';
import { DataChanged, Diverged, QuorumMissed } from '../errors.js';
import { Admission } from '../updates/admission.js';
import type { DroppedParticipants } from './dropped-participants.js';
import { checkedReport } from './checked-report.js';
import { Folding } from '../updates/folding.js';
import { squaredNorms } from '../updates/norms.js';
import { outlierText, REPORTED_FACTOR, sizesOf } from './update-sizes.js';
import { checkWeight, largestWeight, type AlignedRows } from '../updates/weight-limit.js';
import type { StagedUpdate } from '../updates/staged-update.js';
import { trainAt, type TrainedUpdate, type FiniteTrainReply, type TrainAtOptions } from './train-at.js';

export interface RoundOptions extends TrainAtOptions {
  readonly round: number;
  readonly cohort: readonly string[];
  /** Number of updates that the round needs. */
  readonly minUpdates: number;
  readonly algorithm: Algorithm;
  readonly args: RunArguments;
  /** Rows of each participant at alignment. */
  readonly rows: AlignedRows;
  readonly registry: Pick<Registry, 'aggregators'>;
  readonly aggregator: Aggregator;
  /** State of the rule, which a successful round changes. */
  readonly carried: AggregatorState | undefined;
  readonly engine: Engine;
  readonly taskFor: (participant: string) => TrainTask;
  readonly emit: EmitEvent;
  readonly drops: DroppedParticipants;
  readonly onDropped: (participant: string, code: string) => void;
}

/** Codes of updates and trainings with values that are not finite. */
export const DIVERGENCES: ReadonlySet<string> = new Set(['diverged', 'not_finite']);

export interface Aggregated {
  readonly aggregate: Float32Array;
  /** Aggregates of the vectors sent with the updates, by name. */
  readonly received: Readonly<Record<string, Float32Array>>;
  /** Reports of the aggregated updates, in the cohort's order. */
  readonly reports: readonly Report[];
}

export interface RoundResult extends Aggregated {
  readonly replies: ReadonlyMap<string, FiniteTrainReply>;
  /** The updates, readable until the staging is closed. */
  readonly updates: ReadonlyMap<string, StagedUpdate>;
}

/** Runs one round: every participant of the cohort trains on the global model, and their updates are aggregated. */
export async function runRound(options: RoundOptions): Promise<RoundResult> {
  const { cohort, round, manifest, aggregator, engine, algorithm, args } = options;
  const partition = partitionOf(manifest);
  const shape = { aggregator, engine, size: manifest.size, partition, cohort };
  const folding = new Folding({ ...shape, state: options.carried });
  // The same rule: a mean would let a single participant decide.
  const auxiliaryFoldings = new Map(options.auxiliary.map((name) => [name, new Folding(shape)]));
  const arrived = new Map<string, Arrived>();
  const reasons: string[] = [];
  const codes = new Set<string>();
  const mostWeight = largestWeight(options);
  // Counts updates received and trainings in progress: losing one more must not break the quorum.
  const canSpare = () => cohort.length - reasons.length > options.minUpdates;

  const fold = (participant: string) => {
    const { update, auxiliary, report } = arrived.get(participant)!;
    const share = shareOf(algorithm, report, args);
    folding.add(participant, update, share);
    for (const [name, vectors] of auxiliaryFoldings) {
      const vector = auxiliary.get(name);
      if (vector === undefined || share.weight === 0) vectors.skip(participant);
      else vectors.add(participant, vector, { weight: 1 });
    }
  };
  const admission = new Admission(cohort.length, args.outlier_factor, fold);
  const drop = async (participant: string, { code, message }: { code: string; message: string }) => {
    arrived.delete(participant);
    for (const one of [folding, ...auxiliaryFoldings.values()]) one.skip(participant);
    reasons.push(`${participant}: ${message}`);
    codes.add(code);
    await options.drops.add(round, { participant, code, reason: message });
  };
  const ask = async (participant: string) => {
    try {
      const trained = await trainAt(participant, options.taskFor(participant), options, canSpare);
      const norms = await squaredNorms(trained.update, partition);
      const rows = options.rows.get(participant)?.train;
      const context = { algorithm, args, rows, squaredNorm: norms.trained };
      const report = checkedReport(participant, trained.reply, context);
      checkWeight(shareOf(algorithm, report, args).weight, mostWeight, args);
      const sizes = await sizesOf(trained, norms, shareOf(algorithm, report, args), partition);
      arrived.set(participant, { ...trained, report });
      if (weightOf(algorithm, report, args) > 0) admission.add(participant, sizes);
      else {
        admission.leave();
        fold(participant);
      }
      const { steps, loss, seconds } = trained.reply;
      const { samples } = report;
      const { bytes } = trained;
      await options.emit('update_received', { round, participant, samples, steps, loss, seconds, bytes });
    } catch (error) {
      if (options.signal.aborted || arrived.has(participant)) throw error;
      admission.leave();
      const reason = failureOf(error);
      options.onDropped(participant, reason.code);
      await drop(participant, reason);
    }
  };
  const outcomes = await Promise.allSettled(cohort.map(ask));
  options.signal.throwIfAborted();
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  for (const outlier of admission.close())
    await drop(outlier.participant, { code: 'outlying_norm', message: outlierText(outlier, args) });
  for (const { participant, ...outlier } of admission.above(REPORTED_FACTOR))
    if (arrived.has(participant)) await options.emit('outlying_norm', { round, participant, ...outlier });
  // A retry would end the same way.
  if (arrived.size === 0 && codes.size > 0 && [...codes].every((code) => DIVERGENCES.has(code)))
    throw new Diverged(round, reasons.join('; '));
  if (
    arrived.size < options.minUpdates &&
    codes.size > 0 &&
    [...codes].every((code) => code === 'data_changed')
  )
    throw new DataChanged(`round ${round}: ${reasons.join('; ')}`);
  if (arrived.size < options.minUpdates)
    throw new QuorumMissed(round, arrived.size, options.minUpdates, reasons);
  const received: Record<string, Float32Array> = {};
  for (const [name, vectors] of auxiliaryFoldings)
    if (!vectors.isEmpty) received[name] = await vectors.finish();
  return {
    aggregate: await folding.finish(),
    received,
    reports: cohort.flatMap((participant) => arrived.get(participant)?.report ?? []),
    replies: new Map([...arrived].map(([participant, { reply }]) => [participant, reply])),
    updates: new Map([...arrived].map(([participant, { update }]) => [participant, update])),
  };
}

interface Arrived extends TrainedUpdate {
  readonly report: Report;
}
