import { aggregatorOf, chooseCohort } from '@synergos/fed-algorithms';
import type { TensorsRef, TrainTask } from '@synergos/rpc-core';
import type { JobContext } from '@synergos/scaling';
import { QuorumMissed } from '../errors.js';
import { advance } from '../round/advance.js';
import { readAggregatorState, writeAggregatorState } from '../round/aggregator-state.js';
import type { Checkpoint, Checkpoints } from '../round/checkpoint.js';
import { roundDeadlineMs } from '../round/deadline.js';
import { quorum } from '../round/quorum.js';
import { runRound, type RoundOptions, type RoundResult } from '../round/round.js';
import type { Staging } from '../round/staging.js';
import type { Ground } from './ground.js';
import { published } from './published.js';
import type { Rounds } from './rounds.js';
import { workload, type RunDefinition } from './run-definition.js';
import { metadataOf } from './trained-model.js';

const ROUND_ATTEMPTS = 3;

export interface RoundsOptions {
  readonly ground: Ground;
  readonly context: JobContext;
  readonly run: RunDefinition;
  /** All of the run, sorted. */
  readonly participants: readonly string[];
  readonly checkpoints: Checkpoints;
  /** Holds the updates that are not yet folded. */
  readonly staging: Staging;
}

/** Rounds of local training, after each of which the updates become one aggregate. */
export function averagingRounds(options: RoundsOptions): Rounds {
  const { ground, run, participants, checkpoints } = options;
  let longestMs: number | undefined;

  return {
    async next(current) {
      const round = current.round + 1;
      const startedMs = performance.now();
      const aggregator = aggregatorOf(run.algorithm, run.args);
      const carried = await readAggregatorState(ground.files, aggregator, run.manifest.size, current);
      const result = await attemptRound(options, current, { aggregator, carried, longestMs });
      const evaluations = Object.fromEntries(
        [...result.replies].flatMap(([participant, { evaluation }]) =>
          evaluation === null ? [] : [[participant, evaluation]],
        ),
      );
      return {
        trained: result.replies,
        evaluations: new Map([[current.round, evaluations]]),
        local: { base: current.model, updates: result.updates },
        async move() {
          const moved = await advance(
            {
              ...ground,
              ...run,
              paths: checkpoints,
              metadata: metadataOf(run),
              participants: participants.length,
            },
            current,
            result,
          );
          ground.engine.recycle?.(result.aggregate);
          longestMs = Math.max(longestMs ?? 0, performance.now() - startedMs);
          return {
            ...moved,
            carried: await writeAggregatorState(ground.files, checkpoints, round, carried),
            counted: countedAfter(current, round, result.replies.keys()),
          };
        },
      };
    },
    close: () => Promise.resolve(),
  };
}

interface Attempt extends Pick<RoundOptions, 'aggregator' | 'carried'> {
  /** What the longest round took. */
  readonly longestMs: number | undefined;
}

async function attemptRound(
  { ground, context: { signal, emit }, run, participants, staging }: RoundsOptions,
  current: Checkpoint,
  { aggregator, carried, longestMs }: Attempt,
): Promise<RoundResult> {
  const { args, algorithm } = run;
  const round = current.round + 1;
  const cohort = chosenCohort(run, participants, round);
  const tensors = await publishFor(ground, run, current);
  try {
    for (let attempt = 1; ; attempt++) {
      staging.reset();
      await emit('round_started', { round, cohort, attempt });
      try {
        return await runRound({
          ...ground,
          ...run,
          round,
          cohort,
          minUpdates: quorum(cohort.length, args.min_updates),
          deadlineMs: roundDeadlineMs(args.round_deadline, longestMs),
          aggregator,
          carried,
          tensors,
          beside: algorithm.client?.sends ?? [],
          staging,
          taskFor: (participant) => trainTask(run, participant, current),
          signal,
          emit,
        });
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof QuorumMissed) || attempt === ROUND_ATTEMPTS) throw error;
        await emit('round_retried', { round, attempt, reason: error.message });
      }
    }
  } finally {
    withdraw(ground, tensors);
  }
}

/** Who takes part in a round. */
export function chosenCohort(
  { algorithm, args }: RunDefinition,
  participants: readonly string[],
  round: number,
): readonly string[] {
  return (
    algorithm.server?.cohort?.({ round, participants, args }) ??
    chooseCohort({ ...args, participants, fraction: args.fraction_fit, round })
  );
}

/** What a participant is asked to do in the round after a checkpoint. */
export function trainTask(
  run: RunDefinition,
  participant: string,
  { round, counted }: Checkpoint,
): TrainTask {
  const tags = run.project.participants.get(participant);
  return {
    ...workload(run),
    round: round + 1,
    stateRound: counted[participant] ?? 0,
    trainTags: tags?.train ?? [],
    evaluateTags: tags?.evaluate ?? [],
  };
}

/** For each participant the last round in which its update counted: the one whose state it goes on from. */
export function countedAfter(
  { counted }: Checkpoint,
  round: number,
  participants: Iterable<string>,
): Readonly<Record<string, number>> {
  return { ...counted, ...Object.fromEntries([...participants].map((name) => [name, round])) };
}

/** Publishes the global model and the vectors that the algorithm sends with it. */
export async function publishFor(
  { dataPlane, ...ground }: Ground,
  { algorithm }: RunDefinition,
  { model, state }: Pick<Checkpoint, 'model' | 'state'>,
): Promise<Readonly<Record<string, TensorsRef>> & { readonly global: TensorsRef }> {
  const tensors: Record<string, TensorsRef> = {};
  for (const name of algorithm.server?.sends ?? []) {
    const file = state[name];
    if (file !== undefined) tensors[name] = await dataPlane.publish(published(ground, file));
  }
  return { ...tensors, global: await dataPlane.publish(published(ground, model)) };
}

export function withdraw({ dataPlane }: Ground, tensors: Readonly<Record<string, TensorsRef>>): void {
  for (const { sha256 } of Object.values(tensors)) dataPlane.withdraw(sha256);
}
