import type { Searcher } from '../searcher.js';
import { dimensionsOf, type Dimension } from '../space/dimension.js';
import type { SearchSpace } from '../space/parameters.js';
import { mixedRadix } from './exhaustive.js';

/** Every combination of values, in order, the last hyperparameter changing fastest. */
export const grid: Searcher = {
  name: 'grid',
  suggest({ space, trials }) {
    const dimensions = dimensionsOf(space);
    const indexes = mixedRadix(trials.length, dimensions.map(countOf));
    return Object.fromEntries(
      dimensions.map((dimension, at) => {
        const index = indexes[at] ?? 0;
        return [
          dimension.name,
          dimension.kind === 'categorical' ? dimension.options[index] : dimension.lattice?.at(index),
        ];
      }),
    );
  },
  size: (space) => dimensionsOf(space).reduce((size, dimension) => size * countOf(dimension), 1),
  refuse: (space) =>
    Object.fromEntries(
      dimensionsOf(space)
        .filter((dimension) => !Number.isFinite(countOf(dimension)))
        .map(({ name }) => [name, refusal(space, name)]),
    ),
};

function countOf(dimension: Dimension): number {
  return dimension.kind === 'categorical' ? dimension.options.length : (dimension.lattice?.count ?? Infinity);
}

function refusal(space: SearchSpace, name: string): string {
  return `a grid needs finitely many values, ${space[name]?._type} has no end of them; take choice, quniform, qloguniform or a randint, or another searcher`;
}
