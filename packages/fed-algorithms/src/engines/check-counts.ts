import { AlgorithmsError } from '../errors.js';

/** Throws `AlgorithmsError` (`impossible_setting`) if a trimmed mean of `count` values leaves none. */
export function checkCut(cut: number, count: number): void {
  if (!(cut >= 0 && 2 * cut < count))
    throw new AlgorithmsError(
      'impossible_setting',
      `a trimmed mean needs 0 ≤ 2 · cut < n: cut = ${cut}, n = ${count}`,
    );
}

/** Throws `AlgorithmsError` (`impossible_setting`) if `keep` of `count` values are none, or more than there are. */
export function checkKeep(keep: number, count: number): void {
  if (!(keep >= 1 && keep <= count))
    throw new AlgorithmsError(
      'impossible_setting',
      `a mean around a center needs 1 ≤ keep ≤ n: keep = ${keep}, n = ${count}`,
    );
}
