import type { Dimension } from '../space/dimension.js';

/** The point at a share, from [0, 1), of each dimension. */
export function pointAt(
  dimensions: readonly Dimension[],
  unitOf: (dimension: number) => number,
): Record<string, unknown> {
  return Object.fromEntries(
    dimensions.map((dimension, at): [string, unknown] => {
      const unit = unitOf(at);
      if (dimension.kind === 'numeric') return [dimension.name, dimension.fromUnit(unit)];
      const { options } = dimension;
      return [dimension.name, options[Math.min(Math.floor(unit * options.length), options.length - 1)]];
    }),
  );
}
