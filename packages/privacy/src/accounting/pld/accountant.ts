import { ImpossibleSetting } from '../../errors.js';
import type { PrivacyEvent } from '../events.js';
import { compose, MOST_LOSSES, rangeOf, sizeFor, type Repeated } from './compose.js';
import { discretise, type LossSource } from './discretise.js';
import { deltaOf, epsilonOf, type LossDistribution } from './loss-distribution.js';
import { gaussianLoss, laplaceLoss, type Direction } from './mechanisms.js';

export interface PldOptions {
  /**
   * Distance of two losses. It is doubled until the composition fits a transform of 2^20 losses.
   * @defaultValue 1e-4
   */
  readonly interval?: number;
}

const directions: readonly Direction[] = ['remove', 'add'];

/** Smallest ε at `delta` for a list of events, by numerical composition of their loss distributions. */
export function pldEpsilon(events: readonly PrivacyEvent[], delta: number, options: PldOptions = {}): number {
  return Math.max(0, ...lossDistributions(events, options).map((each) => epsilonOf(each, delta)));
}

/** Smallest δ at `epsilon` for a list of events, by numerical composition of their loss distributions. */
export function pldDelta(events: readonly PrivacyEvent[], epsilon: number, options: PldOptions = {}): number {
  return Math.max(0, ...lossDistributions(events, options).map((each) => deltaOf(each, epsilon)));
}

/** The composed loss distribution of each direction; one direction suffices if both are equal. */
export function lossDistributions(
  events: readonly PrivacyEvent[],
  { interval = 1e-4 }: PldOptions = {},
): readonly LossDistribution[] {
  const present = events.filter(({ count }) => count > 0);
  if (present.length === 0) return [];
  const symmetric = present.every((event) => !('samplingRate' in event) || event.samplingRate === 1);
  return (symmetric ? directions.slice(0, 1) : directions).map((direction) =>
    composeAt(present, direction, interval),
  );
}

function composeAt(
  events: readonly PrivacyEvent[],
  direction: Direction,
  interval: number,
): LossDistribution {
  const whole = wholeGaussian(events);
  const sources = events.flatMap((event) =>
    isNeutral(event) || isWholeGaussian(event)
      ? []
      : [{ source: sourceOf(event, direction), count: event.count }],
  );
  if (whole !== undefined) sources.push({ source: gaussianLoss(1, whole, direction), count: 1 });
  if (sources.length === 0) return { interval, first: 0, probabilities: Float64Array.of(1), infinite: 0 };
  for (
    let at = coarseEnough(
      sources.map(({ source }) => source),
      interval,
    );
    ;
    at *= 2
  ) {
    const parts: Repeated[] = sources.map(({ source, count }) => ({
      distribution: discretise(source, at),
      count,
    }));
    const range = rangeOf(parts);
    if (sizeFor(parts, range) <= MOST_LOSSES) return compose(parts, range);
  }
}

/** The interval, doubled until every single distribution fits. */
function coarseEnough(sources: readonly LossSource[], interval: number): number {
  const extents = sources.flatMap(({ pieces }) =>
    pieces.map(({ from, to, loss }) => Math.abs(loss(to) - loss(from))),
  );
  let at = interval;
  while (Math.max(...extents) / at > MOST_LOSSES / 2) at *= 2;
  return at;
}

const isNeutral = (event: PrivacyEvent) => 'samplingRate' in event && event.samplingRate === 0;

type WholeGaussian = Extract<PrivacyEvent, { kind: 'gaussian' | 'tree' }>;

const isWholeGaussian = (event: PrivacyEvent): event is WholeGaussian =>
  event.kind === 'gaussian' || event.kind === 'tree';

/** Noise multiplier of the one Gaussian mechanism that equals all Gaussian mechanisms without sampling together. */
function wholeGaussian(events: readonly PrivacyEvent[]): number | undefined {
  const precision = events.filter(isWholeGaussian).reduce((sum, event) => {
    const depth = event.kind === 'tree' ? Math.ceil(Math.log2(event.steps + 1)) : 1;
    return sum + (event.count * depth) / event.noiseMultiplier ** 2;
  }, 0);
  return precision === 0 ? undefined : precision ** -0.5;
}

function sourceOf(event: Exclude<PrivacyEvent, WholeGaussian>, direction: Direction): LossSource {
  switch (event.kind) {
    case 'laplace':
      return laplaceLoss(1, event.noiseMultiplier, direction);
    case 'poisson-gaussian':
      return gaussianLoss(event.samplingRate, event.noiseMultiplier, direction);
    case 'poisson-laplace':
      return laplaceLoss(event.samplingRate, event.noiseMultiplier, direction);
    case 'fixed-size-gaussian':
    case 'exponential':
      throw new ImpossibleSetting(`${event.kind}: the PLD accountant has no distribution; use 'rdp'`);
  }
}
