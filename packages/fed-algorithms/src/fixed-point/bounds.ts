import { AlgorithmsError } from '../errors.js';

export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

/** Throws `AlgorithmsError` (`impossible_setting`) unless lower < upper, both finite. */
export function checkBounds({ lower, upper }: Bounds): void {
  if (!(lower < upper && Number.isFinite(upper - lower)))
    throw new AlgorithmsError(
      'impossible_setting',
      `bounds need lower < upper, both finite: got lower = ${lower}, upper = ${upper}`,
    );
}
