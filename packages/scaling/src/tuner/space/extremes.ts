import { dimensionsOf } from './dimension.js';
import type { SearchSpace } from './parameters.js';

/** Of a distribution without ends, one value in a hundred lies beyond each of these. */
const TAIL = 0.01;
const UNBOUNDED: ReadonlySet<string> = new Set(['normal', 'randn', 'qnormal', 'qrandn']);

/** The values of each hyperparameter that a check of its range needs: all options, or the lowest and the highest. */
export function extremesOf(space: SearchSpace): Readonly<Record<string, readonly unknown[]>> {
  return Object.fromEntries(
    dimensionsOf(space).map((dimension) => {
      const { name } = dimension;
      if (dimension.kind === 'categorical') return [name, dimension.options];
      const tail = UNBOUNDED.has(space[name]?._type ?? '') ? TAIL : 0;
      return [name, [dimension.fromUnit(tail), dimension.fromUnit(1 - Math.max(tail, Number.EPSILON))]];
    }),
  );
}
