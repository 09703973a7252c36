import { createMean, initialiseWeights, type Aggregator } from '@synergos/fed-algorithms';
import { checkpointFolder } from '@synergos/artifacts';
import { encodeSafetensors, type TensorsRef } from '@synergos/rpc-core';
import type { JobContext } from '@synergos/scaling';
import { Diverged, QuorumMissed } from '../errors.js';
import { trainJobSchema } from '../job-payloads.js';
import { createCheckpoints, type Checkpoint } from '../round/checkpoint.js';
import { chooseCohort, quorum } from '../round/cohort.js';
import { roundDeadlineMs } from '../round/deadline.js';
import {
  pool,
  withEvaluations,
  withTraining,
  type LossHistory,
  type RoundEvaluations,
} from '../round/loss-history.js';
import { runRound, type RoundResult } from '../round/round.js';
import { Staging } from '../round/staging.js';
import { connected, type Ground } from './ground.js';
import { evaluateAll } from './evaluation.js';
import { GlobalEarlyStop } from './global-early-stop.js';
import { loadRun, workload, type RunDefinition } from './run-definition.js';
import { storeModel } from './trained-model.js';

const ROUND_ATTEMPTS = 3;

/** Trains one (experiment, run) combination: rounds until done or stopped early, resuming after the last checkpoint. */
export async function train(ground: Ground, context: JobContext): Promise<unknown> {
  const { job, signal, emit } = context;
  const run = await loadRun(ground.records, ground.registry, trainJobSchema.parse(job.payload));
  const participants = [...(run.args.cohort ?? run.project.participants.keys())].sort();
  await connected(ground, participants, signal, quorum(participants.length, run.args.min_updates));

  const checkpoints = createCheckpoints(ground.files, checkpointFolder(run.key), job.id, run.manifest);
  const resumed = await checkpoints.latest();
  if (resumed === undefined) await checkpoints.clear();
  else await emit('resumed', { round: resumed.round });
  let current = resumed ?? initialCheckpoint(run);
  const earlyStop = new GlobalEarlyStop(run.args);
  const observedMs: number[] = [];
  let last: { result: RoundResult; staging: Staging } | undefined;
  let base = current.weights;

  try {
    while (current.round < run.args.rounds) {
      signal.throwIfAborted();
      const round = current.round + 1;
      const startedMs = performance.now();
      await last?.staging.close();
      base = current.weights;
      last = await attemptRound(ground, context, run, participants, current, observedMs);
      const evaluations = evaluationsOf(last.result);
      let history = withEvaluations(current.history, current.round, evaluations);
      await report(context, current.round, evaluations);
      if (earlyStop.reached(history)) {
        await emit('stopped_early', { round: current.round });
        current = { ...current, history };
        break;
      }
      history = withTraining(history, round, last.result.replies);
      current = advance(ground, run, current, last.result, history);
      await checkpoints.save(current);
      observedMs.push(performance.now() - startedMs);
      await emit('round_completed', {
        round,
        rounds: run.args.rounds,
        updates: last.result.replies.size,
        seconds: (performance.now() - startedMs) / 1000,
      });
    }
    const evaluations = await evaluateAll(ground, run, participants, encode(run, current.weights), signal);
    const history = withEvaluations(current.history, current.round, evaluations);
    await report(context, current.round, evaluations);
    return await storeModel(
      ground,
      run,
      { ...current, history },
      last && { base, updates: last.result.updates },
    );
  } finally {
    await last?.staging.close();
  }
}

async function attemptRound(
  ground: Ground,
  { signal, emit }: JobContext,
  run: RunDefinition,
  participants: readonly string[],
  current: Checkpoint,
  observedMs: readonly number[],
): Promise<{ result: RoundResult; staging: Staging }> {
  const { args, algorithm, manifest } = run;
  const round = current.round + 1;
  const cohort = chooseCohort({ participants, fraction: args.fraction_fit, seed: args.seed, round });
  const aggregator: Aggregator = algorithm.aggregator?.(args) ?? createMean();
  const global: TensorsRef = await ground.dataPlane.publish(encode(run, current.weights));
  try {
    for (let attempt = 1; ; attempt++) {
      const staging = new Staging({ directory: ground.stagingDirectory, memoryBytes: ground.stagingBytes });
      await emit('round_started', { round, cohort, attempt });
      try {
        const result = await runRound({
          ...ground,
          round,
          cohort,
          minUpdates: quorum(cohort.length, args.min_updates),
          deadlineMs: roundDeadlineMs(args.round_deadline, observedMs),
          manifest,
          aggregator,
          global,
          staging,
          taskFor: (participant) => {
            const tags = run.project.participants.get(participant);
            return {
              ...workload(run),
              round,
              trainTags: tags?.train ?? [],
              evaluateTags: tags?.evaluate ?? [],
            };
          },
          signal,
          emit,
        });
        return { result, staging };
      } catch (error) {
        await staging.close();
        signal.throwIfAborted();
        if (!(error instanceof QuorumMissed) || attempt === ROUND_ATTEMPTS) throw error;
        await emit('round_retried', { round, attempt, reason: error.message });
      }
    }
  } finally {
    ground.dataPlane.withdraw(global.sha256);
  }
}

function initialCheckpoint({ model, manifest, args, algorithm }: RunDefinition): Checkpoint {
  const state = (algorithm.server?.state ?? []).map(
    (name) => [name, new Float32Array(manifest.size)] as const,
  );
  return {
    round: 0,
    weights: initialiseWeights(model, manifest, args.seed),
    state: Object.fromEntries(state),
    history: { rounds: [] },
  };
}

/** The server's step: from the aggregate to the next global model. */
function advance(
  { engine }: Ground,
  { algorithm, args }: RunDefinition,
  current: Checkpoint,
  { aggregate }: RoundResult,
  history: LossHistory,
): Checkpoint {
  const round = current.round + 1;
  const weights = current.weights.slice();
  const state = Object.fromEntries(
    Object.entries(current.state).map(([name, vector]) => [name, vector.slice()]),
  );
  if (algorithm.server === undefined) for (let i = 0; i < weights.length; i++) weights[i]! += aggregate[i]!;
  else algorithm.server.step({ weights, aggregate, state, round, args, engine });
  if (!weights.every(Number.isFinite)) throw new Diverged(round);
  return { round, weights, state, history };
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

function encode({ manifest, key, args }: RunDefinition, weights: Float32Array): Uint8Array {
  return encodeSafetensors(manifest.tensors, weights, { ...key, algorithm: args.algorithm });
}
