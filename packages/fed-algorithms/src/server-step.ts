import { createAggregator } from './aggregate.js';
import type { Aggregator } from './aggregator.js';
import { createMean } from './aggregators/mean.js';
import type { Algorithm } from './algorithm.js';
import type { RunArguments } from './arguments.js';
import type { Report, ServerStep } from './server-side.js';

/** The rule that a run aggregates by: the one it names, else the algorithm's own, else the mean. */
export function aggregatorOf(algorithm: Algorithm, args: RunArguments): Aggregator {
  return args.aggregator === null
    ? (algorithm.aggregator?.(args) ?? createMean())
    : createAggregator(args.aggregator, args);
}

/** Names of the vectors that the server carries between rounds. */
export function stateNames({ server }: Algorithm, args: RunArguments): readonly string[] {
  const { state = [] } = server ?? {};
  return typeof state === 'function' ? state(args) : state;
}

/** What a participant's update weighs in the aggregate. */
export function weightOf({ server }: Algorithm, report: Report, args: RunArguments): number {
  return server?.weight?.(report, args) ?? report.samples;
}

/**
 * The server's step, in place: the algorithm's own, else `weights += aggregate`. Where nothing that came weighs anything,
 * all stays: not even momentum goes on.
 */
export function stepServer(algorithm: Algorithm, step: ServerStep): void {
  const { weights, aggregate, reports, args } = step;
  if (reports.length > 0 && reports.every((report) => weightOf(algorithm, report, args) === 0)) return;
  if (algorithm.server?.step !== undefined) return algorithm.server.step(step);
  for (let i = 0; i < weights.length; i++) weights[i]! += aggregate[i]!;
}
