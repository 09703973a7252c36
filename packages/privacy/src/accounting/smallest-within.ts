import { ImpossibleSetting } from '../errors.js';

const MOST_DOUBLINGS = 200;
/** Evaluations without halving the bracket after which the next one bisects. */
const MOST_SLOW_STEPS = 2;

/**
 * Smallest positive x with `excess(x) ≤ 0`, for a decreasing function, to a relative tolerance; the result itself satisfies
 * it. Interpolates within a bracket (Illinois method), for an evaluation may take seconds, and bisects where that is slow.
 * Throws `ImpossibleSetting` if no x up to 2^200 times `start` does.
 */
export function smallestWithin(
  excess: (x: number) => number,
  { start, relative }: { readonly start: number; readonly relative: number },
): number {
  let { low, high } = bracket(excess, start);
  for (let slow = 0; high.x - low.x > relative * high.x;) {
    const width = high.x - low.x;
    const margin = Math.min(relative * high.x, width) / 4;
    const secant = low.x + (width * low.excess) / (low.excess - high.excess);
    const isUsable = Number.isFinite(secant) && slow <= MOST_SLOW_STEPS;
    const x = isUsable ? Math.min(Math.max(secant, low.x + margin), high.x - margin) : (low.x + high.x) / 2;
    if (x <= low.x || x >= high.x) break;
    const value = excess(x);
    // The end that stays weighs half, so that it is replaced soon.
    if (value > 0)
      [low, high] = [
        { x, excess: value },
        { ...high, excess: high.excess / 2 },
      ];
    else
      [low, high] = [
        { ...low, excess: low.excess / 2 },
        { x, excess: value },
      ];
    slow = isUsable && high.x - low.x > width / 2 ? slow + 1 : 0;
  }
  return high.x;
}

interface End {
  readonly x: number;
  readonly excess: number;
}

function bracket(excess: (x: number) => number, start: number): { low: End; high: End } {
  const first = { x: start, excess: excess(start) };
  const factor = first.excess > 0 ? 2 : 0.5;
  let last: End = first;
  for (let doublings = 0; doublings < MOST_DOUBLINGS; doublings++) {
    const x = last.x * factor;
    const next = { x, excess: excess(x) };
    if (next.excess > 0 !== last.excess > 0)
      return factor > 1 ? { low: last, high: next } : { low: next, high: last };
    last = next;
  }
  if (factor > 1) throw new ImpossibleSetting('no amount of noise reaches the target');
  return { low: { x: 0, excess: Infinity }, high: last };
}
