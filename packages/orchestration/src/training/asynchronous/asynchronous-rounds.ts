import { aggregatorOf, toleranceOf, trainedSize } from '@synergos/fed-algorithms';
import { readAggregatorState, writeAggregatorState } from '../../checkpoints/aggregator-state.js';
import type { Checkpoint } from '../../checkpoints/checkpoint.js';
import type { RoundEvaluations } from '../../checkpoints/loss-history.js';
import { OrchestrationError } from '../../errors.js';
import { RecentSizes } from '../../updates/recent-sizes.js';
import { believed, type AlignedRows } from '../../updates/weight-limit.js';
import { advanceRound } from '../advance-round.js';
import type { Moved, Rounds, RoundsOptions } from '../rounds.js';
import { outlierText, REPORTED_FACTOR } from '../update-sizes.js';
import { aggregateBuffer } from './aggregate-buffer.js';
import { LocalTrainings, type Arrival } from './local-trainings.js';
import { ModelVersions } from './model-versions.js';

/**
 * Training without synchronous rounds: every participant trains on the newest model, and the model moves whenever the
 * algorithm's buffer of updates is full. A `round` is one such step. The order of arrival depends on the network, so these
 * runs do not repeat bit for bit.
 */
export function asynchronousRounds(options: RoundsOptions): Rounds {
  const { dependencies, context, run, checkpoints, staging } = options;
  const { algorithm, args, manifest } = run;
  const buffer = bufferOf(options);
  const versions = new ModelVersions(options);
  const trainings = new LocalTrainings(options, versions, buffer);
  const recent = new RecentSizes();
  let isAnnounced = false;

  return {
    async next(current) {
      if (!isAnnounced)
        await context.emit('aggregation', {
          updates: buffer,
          ...toleranceOf(algorithm, args, buffer, dependencies.registry),
        });
      isAnnounced = true;
      const newest = await versions.serve(current);
      const arrivals: Arrival[] = [];
      try {
        while (arrivals.length < buffer) {
          trainings.start(newest);
          const arrival = await trainings.next();
          if (arrival === undefined) continue;
          arrivals.push(arrival);
          await dropOutliers(arrivals, current.round + 1);
          if (arrivals.includes(arrival)) await reportUpdate(arrival, current.round);
        }
        return {
          trained: new Map(arrivals.map(({ participant, reply }) => [participant, reply])),
          evaluations: evaluationsOf(arrivals, run.rows),
          move: () => move(current, arrivals),
        };
      } finally {
        versions.release(newest);
      }
    },
    async close() {
      await trainings.close();
      await versions.close();
    },
  };

  async function reportUpdate(
    { participant, version, reply: { steps, loss, seconds }, report: { samples }, bytes }: Arrival,
    round: number,
  ): Promise<void> {
    trainings.accept(participant);
    const staleness = round - version.checkpoint.round;
    const update = { round: round + 1, participant, samples, steps, loss, seconds, bytes, staleness };
    await context.emit('update_received', update);
  }

  /**
   * Compares the newest arrival with recent updates, and the earlier ones once there are enough to compare. Removes those
   * that are too large; their participants are asked again.
   */
  async function dropOutliers(arrivals: Arrival[], round: number): Promise<void> {
    const newest = arrivals.at(-1)!;
    recent.add(newest.sizes);
    const outliers = args.outlier_factor === 0 ? [] : recent.above(args.outlier_factor, arrivals);
    for (const outlier of outliers) {
      const { update: arrival } = outlier;
      recent.forget(arrival.sizes);
      arrivals.splice(arrivals.indexOf(arrival), 1);
      free(arrival);
      const reason = outlierText(outlier, args, 'of the recent updates');
      await trainings.refuse(arrival, { code: 'outlying_norm', reason });
    }
    for (const { participant, of, size, median } of recent.above(REPORTED_FACTOR, [newest]))
      await context.emit('outlying_norm', { round, participant, of, size, median });
  }

  function free({ update, auxiliary, version }: Arrival): void {
    for (const vector of [update, ...auxiliary.values()]) staging.release(vector);
    versions.release(version);
  }

  async function move(current: Checkpoint, arrivals: readonly Arrival[]): Promise<Moved> {
    const rule = aggregatorOf(algorithm, args, dependencies.registry);
    const carried = await readAggregatorState(dependencies.scratch, rule, trainedSize(manifest), current);
    const aggregated = await aggregateBuffer({ dependencies, run, rule, carried }, current, arrivals);
    const moved = await advanceRound(options, current, aggregated);
    arrivals.forEach(free);
    // A participant's state belongs to the round of the version that it trained on.
    const counted = { ...current.counted };
    for (const { participant, version } of arrivals) counted[participant] = version.checkpoint.round + 1;
    const written = await writeAggregatorState(dependencies.scratch, checkpoints, moved.round, carried);
    return { ...moved, carried: written, counted };
  }
}

/** Number of updates per step. Throws `impossible_setting` if it exceeds the number of participants. */
function bufferOf({ run: { algorithm, args }, participants }: RoundsOptions): number {
  const { asynchronous } = algorithm.server ?? {};
  if (asynchronous === undefined) throw new Error(`${algorithm.name} is not asynchronous`);
  const buffer = asynchronous.buffer(args);
  if (buffer <= participants.length) return buffer;
  throw new OrchestrationError(
    'impossible_setting',
    `a buffer of ${buffer} updates needs as many participants: there are ${participants.length}`,
  );
}

/** Evaluations that came with the updates, by the round of the version that they are of. */
function evaluationsOf(
  arrivals: readonly Arrival[],
  rows: AlignedRows,
): ReadonlyMap<number, RoundEvaluations> {
  const byRound = new Map<number, RoundEvaluations>();
  for (const { participant, version, reply } of arrivals) {
    const { round } = version.checkpoint;
    if (reply.evaluation !== null)
      byRound.set(round, {
        ...byRound.get(round),
        [participant]: believed(reply.evaluation, rows, participant),
      });
  }
  return byRound;
}
