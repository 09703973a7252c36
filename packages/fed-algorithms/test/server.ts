import {
  aggregatorOf,
  createRegistry,
  parseRunArguments,
  stateNames,
  shareOf,
  squaredNormOf,
  stepServer,
  type Manifest,
  type Report,
  type Vector,
  type Vectors,
  zerosLike,
} from '../src/index.js';
import type { Share, Totals } from '../src/index.js';
import { aggregateVectors } from '../src/aggregate-vectors.js';
import { float64Engine } from '../src/harness/float64-engine.js';

const registry = createRegistry();

/** What a test says a participant sent. */
export interface Sent {
  readonly update: Vector;
  readonly samples?: number;
  readonly steps?: number;
  readonly values?: Report['values'];
  /** The mean over the participants of the vectors sent with the updates. */
  readonly received?: Vectors;
}

/** A local model that was trained from another, `staleness` steps of the server ago. */
export interface Arrival {
  readonly start: readonly number[];
  readonly local: readonly number[];
  readonly staleness: number;
}

/** The server of an algorithm alone, in float64: weights, aggregate and step, on what a test says was sent. */
export function createServer(raw: Readonly<Record<string, unknown>>, initial: ArrayLike<number>) {
  const args = parseRunArguments(registry, raw).arguments;
  const algorithm = registry.get(args.algorithm);
  const weights = Float64Array.from(initial);
  const state = Object.fromEntries(
    stateNames(algorithm, args).map((name) => [name, zerosLike(weights)]),
  ) as Record<string, Float64Array>;
  const manifest: Manifest = { tensors: [], size: weights.length };
  let round = 0;

  return {
    weights,
    state,
    /** A round of these participants, of as many in all; the weights after it. */
    round: (sent: readonly Sent[], participants = sent.length) =>
      move(sent, participants, (report) => shareOf(algorithm, report, args)),
    /** Local models that came to an asynchronous algorithm, of one step; the weights after it. */
    arrive(arrivals: readonly Arrival[]): Promise<Float64Array> {
      const { weight, fromPresent } = algorithm.server!.asynchronous!;
      const sent = arrivals.map(({ local, start }) => ({
        update: updateTo(local, fromPresent ? weights : start),
      }));
      const share = (_: Report, index: number) => ({ weight: weight(arrivals[index]!.staleness, args) });
      return move(sent, arrivals.length, share, { weight: arrivals.length, plainWeight: arrivals.length });
    },
  };

  async function move(
    sent: readonly Sent[],
    participants: number,
    shareFor: (report: Report, index: number) => Share,
    totals?: Totals,
  ): Promise<Float64Array> {
    round++;
    const reports = sent.map(({ update, samples = 1, steps = 1, values = {} }, index) => ({
      participant: `p${index}`,
      samples,
      squaredNorm: squaredNormOf(update, undefined),
      steps,
      loss: 0,
      values,
    }));
    const shares = reports.map(shareFor);
    const aggregate = await aggregateVectors(
      aggregatorOf(algorithm, args),
      sent.map(({ update }) => update),
      shares,
      float64Engine,
      { totals },
    );
    const received = sent[0]?.received ?? {};
    const common = { manifest, args, engine: float64Engine };
    stepServer(algorithm, {
      ...common,
      weights,
      aggregate,
      received,
      state,
      round,
      // Of asynchronous arrivals those that weigh nothing are not in the aggregate.
      reports: totals === undefined ? reports : reports.filter((_, index) => shares[index]!.weight > 0),
      participants,
    });
    return weights.slice();
  }
}

/** Δ_k = w_k − w. */
export function updateTo(local: ArrayLike<number>, global: ArrayLike<number>): Float64Array {
  return Float64Array.from(local, (value, i) => value - global[i]!);
}
