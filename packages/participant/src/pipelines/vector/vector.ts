import { sharedPreprocessing } from '@synergos/contract';
import { z } from 'zod';
import { SpaceMismatch } from '../../errors.js';
import type { Pipeline } from '../pipeline.js';
import { predictionsCsv } from '../predictions-csv.js';
import { toTargets } from '../targets.js';
import { readVectors, type Vectors } from './read-vectors.js';

/** Rows of numbers that their owner has prepared, such as embeddings or pixels: they are neither imputed nor scaled. */
export const vector: Pipeline<object, Vectors, object> = {
  datatype: 'vector',
  settings: z.strictObject({}),
  read: readVectors,
  describe: ({ count, length, labels }, action) => ({
    samples: count,
    columns: [],
    classes: action === 'classify' ? [...new Set(labels.filter((label) => label !== null))].sort() : [],
    details: { length },
  }),
  fit: () => ({}),
  samples({ features, length, labels, count, required, sources }, { space, action }) {
    const { classes } = space;
    if (space.features.length !== length)
      throw new SpaceMismatch(
        `the data has ${length} numbers per row and the feature space ${space.features.length}; align the project again and train`,
      );
    const known = new Set(classes);
    const unknownLabels =
      classes.length === 0 ? 0 : labels.filter((label) => label !== null && !known.has(label)).length;
    return {
      features,
      shape: [length],
      targets: toTargets(labels, { action, classes, labels: required }),
      count,
      sources,
      misfits: { missingColumns: [], unknownColumns: [], newLevels: {}, unknownLabels },
    };
  },
  predictions: (inference, sources, { classes }) => predictionsCsv(inference, sources, classes),
  save: (_fitted, space, action) => sharedPreprocessing(space, action),
  restore: () => ({}),
};
