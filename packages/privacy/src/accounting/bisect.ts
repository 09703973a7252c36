import { ImpossibleSetting } from '../errors.js';

const MOST_DOUBLINGS = 200;

/**
 * Smallest positive x with `holds(x)`, for a predicate that stays true from some x on, to a relative tolerance; the
 * result itself holds. Throws `ImpossibleSetting` if no x up to 2^200 times `start` holds.
 */
export function bisect(
  holds: (x: number) => boolean,
  { start, relative }: { readonly start: number; readonly relative: number },
): number {
  let [low, high] = [start, start];
  let doublings = 0;
  if (holds(start)) while (holds((low /= 2)) && ++doublings < MOST_DOUBLINGS) high = low;
  else
    while (!holds((high *= 2))) {
      low = high;
      if (++doublings === MOST_DOUBLINGS)
        throw new ImpossibleSetting('no amount of noise reaches the target');
    }
  while (high - low > relative * high) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
