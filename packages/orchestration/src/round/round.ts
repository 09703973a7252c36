import {
  createMean,
  weightOf,
  type Aggregator,
  type AggregatorState,
  type Algorithm,
  type Engine,
  type Report,
  type RunArguments,
} from '@synergos/fed-algorithms';
import type { TrainTask } from '@synergos/rpc-core';
import { Diverged, OrchestrationError, QuorumMissed, reasonOf } from '../errors.js';
import { Folding } from './folding.js';
import type { StagedUpdate } from './staging.js';
import { trainAt, type FiniteTrainReply, type TrainAtOptions } from './train-at.js';

export interface RoundOptions extends TrainAtOptions {
  readonly round: number;
  readonly cohort: readonly string[];
  /** Fewest updates the round may end with. */
  readonly minUpdates: number;
  readonly algorithm: Algorithm;
  readonly args: RunArguments;
  readonly aggregator: Aggregator;
  /** What the rule carries; a round that ends well leaves it changed. */
  readonly carried: AggregatorState | undefined;
  readonly engine: Engine;
  readonly taskFor: (participant: string) => TrainTask;
  readonly emit: (type: string, data: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly onDropped: (participant: string, code: string) => void;
}

/** What a participant's training or update is refused for when its numbers are no numbers any more. */
export const DIVERGENCES: ReadonlySet<string> = new Set(['diverged', 'not_finite']);

export interface Aggregated {
  readonly aggregate: Float32Array;
  /** Aggregates of the vectors that came beside the updates, by name. */
  readonly received: Readonly<Record<string, Float32Array>>;
  /** Whose updates are in them, in the cohort's order. */
  readonly reports: readonly Report[];
}

export interface RoundResult extends Aggregated {
  readonly replies: ReadonlyMap<string, FiniteTrainReply>;
  /** The updates as they came, until the staging is closed. */
  readonly updates: ReadonlyMap<string, StagedUpdate>;
}

/** One round: every participant of the cohort trains on the global model; their updates become one aggregate. */
export async function runRound(options: RoundOptions): Promise<RoundResult> {
  const { cohort, round, manifest, aggregator, engine, algorithm, args } = options;
  const { size } = manifest;
  const folding = new Folding({ aggregator, engine, size, cohort, state: options.carried });
  const foldingBeside = new Map(
    options.beside.map((name) => [name, new Folding({ aggregator: createMean(), engine, size, cohort })]),
  );
  const reports = new Map<string, Report>();
  const replies = new Map<string, FiniteTrainReply>();
  const updates = new Map<string, StagedUpdate>();
  const reasons: string[] = [];
  const codes = new Set<string>();
  // With those who reported and those still at work: one more that leaves must not break the quorum.
  const canSpare = () => cohort.length - reasons.length > options.minUpdates;

  const ask = async (participant: string) => {
    try {
      const { update, beside, reply, bytes } = await trainAt(
        participant,
        options.taskFor(participant),
        options,
        canSpare,
      );
      const report = reportOf(participant, reply);
      const weight = checkedWeight(algorithm, report, args);
      updates.set(participant, update);
      replies.set(participant, reply);
      reports.set(participant, report);
      folding.add(participant, update, weight);
      for (const [name, vectors] of foldingBeside) {
        const vector = beside.get(name);
        if (vector === undefined) vectors.skip(participant);
        else vectors.add(participant, vector, 1);
      }
      const { samples, steps, loss, seconds } = reply;
      await options.emit('update_received', { round, participant, samples, steps, loss, seconds, bytes });
    } catch (error) {
      if (options.signal.aborted) throw error;
      for (const one of [folding, ...foldingBeside.values()]) one.skip(participant);
      const { code, message } = reasonOf(error);
      reasons.push(`${participant}: ${message}`);
      codes.add(code);
      options.onDropped(participant, code);
      await options.emit('participant_dropped', { round, participant, code, reason: message });
    }
  };
  const outcomes = await Promise.allSettled(cohort.map(ask));
  options.signal.throwIfAborted();
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  // The same round again would end the same way.
  if (replies.size === 0 && codes.size > 0 && [...codes].every((code) => DIVERGENCES.has(code)))
    throw new Diverged(round, reasons.join('; '));
  if (replies.size < options.minUpdates)
    throw new QuorumMissed(round, replies.size, options.minUpdates, reasons);
  const received: Record<string, Float32Array> = {};
  for (const [name, vectors] of foldingBeside) if (!vectors.isEmpty) received[name] = await vectors.finish();
  return {
    aggregate: await folding.finish(),
    received,
    reports: cohort.flatMap((participant) => reports.get(participant) ?? []),
    replies,
    updates,
  };
}

export function reportOf(participant: string, { samples, steps, loss, values }: FiniteTrainReply): Report {
  return { participant, samples, steps, loss, values };
}

/** Throws where what a participant told makes no weight. */
export function checkedWeight(algorithm: Algorithm, report: Report, args: RunArguments): number {
  const weight = weightOf(algorithm, report, args);
  if (Number.isFinite(weight) && weight >= 0) return weight;
  throw new OrchestrationError(
    'bad_values',
    `what it told (${JSON.stringify(report.values)}) makes a weight of ${weight}; expected a finite number ≥ 0`,
  );
}
