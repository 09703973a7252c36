import type { Share } from './aggregate-updates.js';
import type { Aggregator } from './aggregator.js';
import { createMean } from './aggregators/mean.js';
import type { Algorithm } from './algorithm.js';
import type { RunArguments } from './arguments.js';
import { builtInComponents, type Components } from './components.js';
import { partitionOf, piecesWithin, type Part, type Piece } from './model/partition.js';
import type { Report, ServerStep } from './server-side.js';

/** The aggregator of a run: the one that it names, otherwise the algorithm's own, otherwise the mean. */
export function aggregatorOf(
  algorithm: Algorithm,
  args: RunArguments,
  { aggregators }: Pick<Components, 'aggregators'> = builtInComponents,
): Aggregator {
  return args.aggregator === null
    ? (algorithm.aggregator?.(args) ?? createMean())
    : aggregators.get(args.aggregator).create(args);
}

/** Names of the vectors that the server carries between rounds. */
export function stateNames({ server }: Algorithm, args: RunArguments): readonly string[] {
  const { state = [] } = server ?? {};
  return typeof state === 'function' ? state(args) : state;
}

/** Weight of a participant's update in the aggregate: 0 if it learned from no rows. */
export function weightOf({ server }: Algorithm, report: Report, args: RunArguments): number {
  return report.samples === 0 ? 0 : (server?.weight?.(report, args) ?? report.samples);
}

/** Weights of a participant's update. */
export function shareOf(algorithm: Algorithm, report: Report, args: RunArguments): Share {
  const weight = weightOf(algorithm, report, args);
  return {
    weight,
    plainWeight: weight > 0 ? report.samples : 0,
    scale: algorithm.server?.scale?.(report, args) ?? 1,
  };
}

/**
 * The server's step, in place: the algorithm's own, else `weights += aggregate`. Where nothing that came weighs anything,
 * all stays: momentum too. Values that are not trained take no part in the algorithm's step: their mean is added, and
 * those that cannot be negative are clamped at 0.
 */
export function stepServer(algorithm: Algorithm, step: ServerStep): void {
  const { reports, args, weights, manifest, offset = 0 } = step;
  const counting = reports.filter((report) => weightOf(algorithm, report, args) > 0);
  if (reports.length > 0 && counting.length === 0) return;
  const counted = { ...step, reports: counting };
  const partition = partitionOf(manifest);
  if (partition === undefined) return move(algorithm, counted);
  const within = (part: Part) => [...piecesWithin(part, offset, weights.length)];
  moveTrained(algorithm, counted, within(partition.untrained));
  for (const { offset: at, size } of within(partition.nonNegative))
    for (let i = at - offset; i < at - offset + size; i++) weights[i] = Math.max(0, weights[i]!);
}

function move(algorithm: Algorithm, step: ServerStep): void {
  if (algorithm.server?.step !== undefined) return algorithm.server.step(step);
  const { weights, aggregate } = step;
  for (let i = 0; i < weights.length; i++) weights[i]! += aggregate[i]!;
}

/** The step sees a change of zero at the untrained values, and leaves nothing there. */
function moveTrained(algorithm: Algorithm, step: ServerStep, untrained: readonly Piece[]): void {
  const { weights, aggregate, state, offset = 0 } = step;
  const places = untrained.map(({ offset: at, size }) => [at - offset, at - offset + size] as const);
  const changes = places.map(([from, to]) => aggregate.slice(from, to));
  const stay = [weights, ...Object.values(state)].map((vector) => ({
    vector,
    before: places.map(([from, to]) => vector.slice(from, to)),
  }));
  for (const [from, to] of places) aggregate.fill(0, from, to);
  move(algorithm, step);
  places.forEach(([from], place) => {
    for (const { vector, before } of stay) vector.set(before[place]!, from);
    const change = changes[place]!;
    aggregate.set(change, from);
    for (let i = 0; i < change.length; i++) weights[from + i]! += change[i]!;
  });
}
