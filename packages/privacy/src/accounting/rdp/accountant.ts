import { ImpossibleSetting } from '../../errors.js';
import type { PrivacyEvent } from '../events.js';
import { deltaOfRdp, epsilonOfRdp } from './conversion.js';
import { exponentialRdp } from './exponential.js';
import { fixedSizeGaussianRdp } from './fixed-size-gaussian.js';
import { laplaceRdp } from './laplace.js';
import { defaultOrders } from './orders.js';
import { poissonGaussianRdp, type FractionalSeries } from './poisson-gaussian.js';
import { treeRdp } from './tree.js';

export interface RdpOptions {
  /** @defaultValue `defaultOrders` */
  readonly orders?: readonly number[];
  /** @defaultValue `absolute` */
  readonly series?: FractionalSeries;
}

/**
 * Rényi divergences of a list of events, one for each order: they add up.
 *
 * Mironov: "Rényi Differential Privacy" (2017), arXiv:1702.07476.
 */
export function rdpOf(events: readonly PrivacyEvent[], options: RdpOptions = {}): readonly number[] {
  const { orders = defaultOrders, series = 'absolute' } = options;
  requireOneNeighbourhood(events);
  return orders.map((order) =>
    events.reduce(
      (sum, event) => (event.count === 0 ? sum : sum + event.count * rdpOfOne(event, order, series)),
      0,
    ),
  );
}

/** Smallest ε at `delta` that the Rényi accountant proves for a list of events. */
export function rdpEpsilon(events: readonly PrivacyEvent[], delta: number, options: RdpOptions = {}): number {
  return epsilonOfRdp(options.orders ?? defaultOrders, rdpOf(events, options), delta).value;
}

/** Smallest δ at `epsilon` that the Rényi accountant proves for a list of events. */
export function rdpDelta(events: readonly PrivacyEvent[], epsilon: number, options: RdpOptions = {}): number {
  return deltaOfRdp(options.orders ?? defaultOrders, rdpOf(events, options), epsilon).value;
}

/** Neighbours that differ by a replaced record cannot be composed with ones that differ by an added one. */
export function requireOneNeighbourhood(events: readonly PrivacyEvent[]): void {
  const fixed = events.filter(({ kind }) => kind === 'fixed-size-gaussian').length;
  const poisson = events.filter(({ kind }) => kind.startsWith('poisson-')).length;
  if (fixed > 0 && poisson > 0)
    throw new ImpossibleSetting(
      'fixed-size and Poisson sampling define different neighbouring data sets; account for them separately',
    );
}

function rdpOfOne(event: PrivacyEvent, order: number, series: FractionalSeries): number {
  switch (event.kind) {
    case 'gaussian':
      return order / (2 * event.noiseMultiplier ** 2);
    case 'laplace':
      return laplaceRdp(event.noiseMultiplier, order);
    case 'poisson-gaussian':
      return poissonGaussianRdp(event.samplingRate, event.noiseMultiplier, order, series);
    case 'poisson-laplace':
      if (event.samplingRate === 1) return laplaceRdp(event.noiseMultiplier, order);
      throw new ImpossibleSetting(
        'poisson-laplace: the Rényi accountant has no bound; use the PLD accountant',
      );
    case 'fixed-size-gaussian':
      return fixedSizeGaussianRdp(event.samplingRate, event.noiseMultiplier, order);
    case 'tree':
      return treeRdp(event.noiseMultiplier, event.steps, order);
    case 'exponential':
      return exponentialRdp(event.epsilon, order);
  }
}
