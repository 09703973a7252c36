import { requireSetting } from '../errors.js';
import type { PrivacyEvent } from './events.js';
import { pldDelta, pldEpsilon, type PldOptions } from './pld/accountant.js';
import { rdpEpsilon, type RdpOptions } from './rdp/accountant.js';
import { smallestWithin } from './smallest-within.js';

/** An event whose noise can be chosen. */
export type NoisyEvent = Exclude<PrivacyEvent, { kind: 'exponential' }>;

/** Such an event before its noise is chosen. */
export type NoiselessEvent = NoisyEvent extends infer Event
  ? Event extends NoisyEvent
    ? Omit<Event, 'noiseMultiplier'>
    : never
  : never;

export interface Target {
  readonly epsilon: number;
  readonly delta: number;
}

export interface CalibrationOptions {
  /** @defaultValue `pld`, except for samples of fixed size, which only `rdp` accounts for. */
  readonly accountant?: 'pld' | 'rdp';
  /**
   * Relative tolerance of the noise. The returned noise always reaches the target.
   * @defaultValue 1e-4
   */
  readonly relative?: number;
  readonly pld?: PldOptions;
  readonly rdp?: RdpOptions;
}

/** Smallest noise multiplier with which the event costs at most (ε, δ). Throws `ImpossibleSetting` if none does. */
export function noiseFor(
  event: NoiselessEvent,
  { epsilon, delta }: Target,
  options: CalibrationOptions = {},
): number {
  requireSetting(epsilon > 0 && Number.isFinite(epsilon), `target_epsilon must be positive, not ${epsilon}`);
  requireSetting(delta > 0 && delta < 1, `target_delta must lie between 0 and 1, not ${delta}`);
  const { accountant = event.kind === 'fixed-size-gaussian' ? 'rdp' : 'pld', relative = 1e-4 } = options;
  const withNoise = (noiseMultiplier: number) => [{ ...event, noiseMultiplier }];
  // Logarithms: δ changes by orders of magnitude with the noise.
  const excess =
    accountant === 'rdp'
      ? (noise: number) => Math.log(rdpEpsilon(withNoise(noise), delta, options.rdp) / epsilon)
      : (noise: number) => Math.log(pldDelta(withNoise(noise), epsilon, options.pld) / delta);
  return smallestWithin(excess, { start: 1, relative });
}

/** Largest number of times that the event may happen within (ε, δ); 0 if not even once. */
export function stepsFor(
  event: PrivacyEvent,
  { epsilon, delta }: Target,
  options: CalibrationOptions = {},
): number {
  const { accountant = event.kind === 'fixed-size-gaussian' ? 'rdp' : 'pld' } = options;
  const costs = (count: number) =>
    accountant === 'rdp'
      ? rdpEpsilon([{ ...event, count }], delta, options.rdp)
      : pldEpsilon([{ ...event, count }], delta, options.pld);
  let [low, high] = [0, 1];
  while (high < 2 ** 30 && costs(high) <= epsilon) [low, high] = [high, high * 2];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (costs(middle) <= epsilon) low = middle;
    else high = middle;
  }
  return low;
}
