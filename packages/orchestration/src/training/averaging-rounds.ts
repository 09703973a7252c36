import { aggregatorOf, toleranceOf, trainedSize } from '@synergos/fed-algorithms';
import { OrchestrationError, QuorumMissed } from '../errors.js';
import { advanceRound } from './advance-round.js';
import { readAggregatorState, writeAggregatorState } from '../checkpoints/aggregator-state.js';
import type { Checkpoint } from '../checkpoints/checkpoint.js';
import type { RoundEvaluations } from '../checkpoints/loss-history.js';
import { believed } from '../updates/weight-limit.js';
import { runRound, type RoundOptions, type RoundResult } from './round.js';
import { evaluateAll } from '../inference/evaluation.js';
import { asksAll, chosenCohort, countedAfter, trainTask } from './participation.js';
import { published, publishFor, withdraw } from './published.js';
import type { Rounds, RoundsOptions } from './rounds.js';

const ROUND_ATTEMPTS = 3;

/** Rounds of local training, each followed by one aggregation of the updates. */
export function averagingRounds(options: RoundsOptions): Rounds {
  const times = options.answerTimes();
  const { dependencies, run, checkpoints } = options;

  return {
    async next(current) {
      const round = current.round + 1;
      const aggregator = aggregatorOf(run.algorithm, run.args, dependencies.registry);
      const carried = await readAggregatorState(
        dependencies.scratch,
        aggregator,
        trainedSize(run.manifest),
        current,
      );
      const others = evaluateOthers(options, current);
      const result = await attemptRound(options, current, { aggregator, carried, times }).catch(
        async (error: unknown) => {
          others.stop();
          await others.evaluations;
          throw error;
        },
      );
      const evaluations = {
        ...(await others.evaluations),
        ...Object.fromEntries(
          [...result.replies].flatMap(([participant, { evaluation }]) =>
            evaluation === null ? [] : [[participant, believed(evaluation, run.rows, participant)]],
          ),
        ),
      };
      return {
        trained: result.replies,
        evaluations: new Map([[current.round, evaluations]]),
        local: { base: current.model, updates: result.updates },
        async move() {
          const moved = await advanceRound(options, current, result);
          return {
            ...moved,
            carried: await writeAggregatorState(dependencies.scratch, checkpoints, round, carried),
            counted: countedAfter(current, round, result.replies.keys()),
          };
        },
      };
    },
    close: () => Promise.resolve(),
  };
}

/**
 * Evaluates the global model at the participants that a round does not ask, for losses of different participants do not
 * compare. Skipped if no comparison follows, and for the initial model.
 */
function evaluateOthers(options: RoundsOptions, current: Checkpoint) {
  const { dependencies, context, run, participants, roster, evaluationTimes: times } = options;
  const { return: which, patience, rounds } = run.args;
  const stop = new AbortController();
  const cohort = chosenCohort(run, participants, current.round + 1);
  const others = participants.filter((name) => !cohort.includes(name));
  const isCompared = current.round > 0 && !asksAll(run) && (which === 'best' || patience < rounds);
  const evaluations: Promise<RoundEvaluations> =
    isCompared && others.length > 0
      ? evaluateAll(dependencies, run, {
          round: current.round,
          participants: others,
          model: published(dependencies, current.model),
          roster,
          times,
          signal: AbortSignal.any([context.signal, stop.signal]),
        }).catch(() => ({}))
      : Promise.resolve({});
  return { evaluations, stop: () => stop.abort(new OrchestrationError('round_over', 'the round failed')) };
}

async function attemptRound(
  { dependencies, context: { signal, emit }, run, participants, staging, roster, drops }: RoundsOptions,
  current: Checkpoint,
  { aggregator, carried, times }: Pick<RoundOptions, 'aggregator' | 'carried' | 'times'>,
): Promise<RoundResult> {
  const { algorithm } = run;
  const round = current.round + 1;
  const cohort = chosenCohort(run, participants, round);
  const tensors = await publishFor(dependencies, run, current);
  try {
    for (let attempt = 1; ; attempt++) {
      staging.reset();
      await emit('round_started', {
        round,
        cohort,
        attempt,
        ...toleranceOf(algorithm, run.args, cohort.length, dependencies.registry),
      });
      const { asked, skipped, needed } = await roster.call(cohort);
      for (const drop of skipped) await drops.add(round, drop);
      try {
        return await runRound({
          ...dependencies,
          ...run,
          round,
          cohort: asked,
          minUpdates: needed,
          times,
          aggregator,
          carried,
          tensors,
          auxiliary: algorithm.client?.sends ?? [],
          optionalAuxiliary: algorithm.client?.optionalSends ?? [],
          staging,
          taskFor: (participant) => trainTask(run, participant, current),
          signal,
          emit,
          drops,
          onDropped: (participant, code) => roster.dropped(participant, round, code),
        });
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof QuorumMissed) || attempt === ROUND_ATTEMPTS) throw error;
        await emit('round_retried', { round, attempt, reason: error.message });
      }
    }
  } finally {
    withdraw(dependencies, tensors);
  }
}
