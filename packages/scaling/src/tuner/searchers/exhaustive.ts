import type { Categorical, Dimension } from '../space/dimension.js';

/** The `grid_search` hyperparameters of a trial: all of their combinations in turn, whatever the searcher. */
export function exhaustivePoint(dimensions: readonly Dimension[], trial: number): Record<string, unknown> {
  const grid = dimensions.filter(
    (dimension): dimension is Categorical => dimension.kind === 'categorical' && dimension.isExhaustive,
  );
  const counts = grid.map(({ options }) => options.length);
  const indexes = mixedRadix(trial - 1, counts);
  return Object.fromEntries(grid.map(({ name, options }, at) => [name, options[indexes[at] ?? 0]]));
}

/** The dimensions that are the searcher's own. */
export function searchedOf(dimensions: readonly Dimension[]): readonly Dimension[] {
  return dimensions.filter((dimension) => dimension.kind === 'numeric' || !dimension.isExhaustive);
}

/** Digits of a number; the last digit varies fastest. Restarts after the last combination. */
export function mixedRadix(index: number, counts: readonly number[]): readonly number[] {
  const digits: number[] = [];
  let rest = index;
  for (const count of [...counts].reverse()) {
    digits.unshift(rest % count);
    rest = Math.floor(rest / count);
  }
  return digits;
}
