import { checkpointFolder, readManifest } from '@synergos/artifacts';
import { aggregatorOf, chooseCohort } from '@synergos/fed-algorithms';
import type { TensorsRef, TensorsSource } from '@synergos/rpc-core';
import type { JobContext } from '@synergos/scaling';
import { QuorumMissed } from '../errors.js';
import { trainJobSchema } from '../job-payloads.js';
import { advance } from '../round/advance.js';
import { createCheckpoints, type Checkpoint } from '../round/checkpoint.js';
import { quorum } from '../round/quorum.js';
import { checkDivergence } from '../round/divergence.js';
import { roundDeadlineMs } from '../round/deadline.js';
import type { ModelFile } from '../round/global-model.js';
import {
  pool,
  summarise,
  withEvaluations,
  withTraining,
  type RoundEvaluations,
} from '../round/loss-history.js';
import { runRound, type RoundResult } from '../round/round.js';
import { Staging } from '../round/staging.js';
import { connected, type Ground } from './ground.js';
import { evaluateAll } from './evaluation.js';
import { firstModel } from './first-model.js';
import { GlobalEarlyStop } from './global-early-stop.js';
import { loadRun, workload, type RunDefinition } from './run-definition.js';
import { metadataOf, storeModel, type LastRound } from './trained-model.js';

const ROUND_ATTEMPTS = 3;

/** Trains one (experiment, run) combination: rounds until done or stopped early, resuming after the last checkpoint. */
export async function train(ground: Ground, context: JobContext): Promise<unknown> {
  const { job, signal, emit } = context;
  const run = await loadRun(ground.records, ground.registry, trainJobSchema.parse(job.payload));
  const participants = [...(run.args.cohort ?? run.project.participants.keys())].sort();
  await connected(ground, participants, signal, quorum(participants.length, run.args.min_updates));

  const checkpoints = createCheckpoints({
    files: ground.files,
    folder: checkpointFolder(run.key),
    owner: { job: job.id, definition: run.digest },
    keep: ground.keepCheckpoints,
    completedJob: (await readManifest(ground.files, run.key).catch(() => undefined))?.job,
  });
  // A last round that was done, but whose model was not stored, is done again: its updates are local models.
  const resumed = await checkpoints.latest({ before: run.args.rounds });
  if (resumed === undefined) await checkpoints.clear();
  else await emit('resumed', { round: resumed.round });
  let current = resumed ?? (await firstModel(ground, run, checkpoints));
  if (resumed === undefined) await checkpoints.save(current);
  const earlyStop = new GlobalEarlyStop(run.args);
  for await (const { evaluate } of checkpoints.losses(current)) earlyStop.reached(evaluate);
  let longestMs: number | undefined;
  const staging = new Staging({ directory: ground.stagingDirectory, memoryBytes: ground.stagingBytes });
  let last: RoundResult | undefined;
  let base: LastRound['base'] = current.model;

  try {
    while (current.round < run.args.rounds) {
      signal.throwIfAborted();
      const round = current.round + 1;
      const startedMs = performance.now();
      base = current.model;
      last = await attemptRound(ground, context, run, { participants, current, longestMs, staging });
      const evaluations = evaluationsOf(last);
      let history = withEvaluations(current.history, current.round, evaluations);
      await report(context, current.round, evaluations);
      if (earlyStop.reached(history.rounds.at(-1)?.evaluate ?? {})) {
        await emit('stopped_early', { round: current.round });
        current = { ...current, history };
        break;
      }
      history = withTraining(history, round, last.replies);
      checkDivergence(history, run.args.divergence_factor || null);
      const advanced = await advance(
        { ...ground, ...run, paths: checkpoints, metadata: metadataOf(run) },
        current,
        last.aggregate,
      );
      ground.engine.recycle?.(last.aggregate);
      current = await checkpoints.save({ ...advanced, history, parent: current.parent });
      longestMs = Math.max(longestMs ?? 0, performance.now() - startedMs);
      await emit('round_completed', {
        round,
        rounds: run.args.rounds,
        updates: last.replies.size,
        seconds: (performance.now() - startedMs) / 1000,
      });
    }
    const final = published(ground, current.model);
    const evaluations = await evaluateAll(ground, run, participants, final, signal);
    const history = withEvaluations(current.history, current.round, evaluations);
    await report(context, current.round, evaluations);
    const losses = await summarise(checkpoints.losses({ history }));
    return await storeModel(ground, run, job.id, current, losses, last && { base, updates: last.updates });
  } finally {
    await staging.close();
  }
}

interface Attempt {
  readonly participants: readonly string[];
  readonly current: Checkpoint;
  /** What the longest round took. */
  readonly longestMs: number | undefined;
  /** Holds the round's updates until the next round begins. */
  readonly staging: Staging;
}

async function attemptRound(
  ground: Ground,
  { signal, emit }: JobContext,
  run: RunDefinition,
  { participants, current, longestMs, staging }: Attempt,
): Promise<RoundResult> {
  const { args, algorithm, manifest } = run;
  const round = current.round + 1;
  const cohort = chooseCohort({ ...args, participants, fraction: args.fraction_fit, round });
  const aggregator = aggregatorOf(algorithm, args);
  const global: TensorsRef = await ground.dataPlane.publish(published(ground, current.model));
  try {
    for (let attempt = 1; ; attempt++) {
      staging.reset();
      await emit('round_started', { round, cohort, attempt });
      try {
        return await runRound({
          ...ground,
          round,
          cohort,
          minUpdates: quorum(cohort.length, args.min_updates),
          deadlineMs: roundDeadlineMs(args.round_deadline, longestMs),
          manifest,
          aggregator,
          global,
          staging,
          taskFor: (participant) => {
            const tags = run.project.participants.get(participant);
            return {
              ...workload(run),
              round,
              stateRound: 0,
              trainTags: tags?.train ?? [],
              evaluateTags: tags?.evaluate ?? [],
            };
          },
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
    ground.dataPlane.withdraw(global.sha256);
  }
}

function evaluationsOf({ replies }: RoundResult): RoundEvaluations {
  return Object.fromEntries(
    [...replies].flatMap(([participant, { evaluation }]) =>
      evaluation === null ? [] : [[participant, evaluation]],
    ),
  );
}

async function report({ emit }: JobContext, round: number, participants: RoundEvaluations): Promise<void> {
  const pooled = pool(participants);
  if (pooled !== undefined) await emit('metric', { round, ...pooled, participants });
}

function published({ files }: Ground, { path, ...ref }: ModelFile): TensorsSource {
  return { path: files.locate(path), ref };
}
