import {
  defaultCriterion,
  describeAlgorithms,
  inferShapes,
  modelSchema,
  parseModel,
  parseRunArguments,
  runArgumentsSchema,
  type Registry,
} from '@synergos/fed-algorithms';
import type { RunChecks } from './ports.js';

/** Checks models and runs against the available layers and algorithms. */
export function createRunChecks(registry: Registry): RunChecks {
  return {
    parseModel: (raw) => {
      const model = parseModel(raw);
      // The input size of an image model is known only after the alignment.
      if (model[0]?.l_type === 'Linear') inferShapes(model);
      return model;
    },
    parseArguments: (raw) => parseRunArguments(registry, raw),
    fittingCriterion(raw, action) {
      if (raw === undefined || (action !== 'regress' && action !== 'classify')) return undefined;
      const criterion = defaultCriterion(parseModel(raw), action);
      return criterion === runArgumentsSchema.shape.criterion.parse(undefined) ? undefined : criterion;
    },
    algorithms: describeAlgorithms(registry),
    schemas: { model: modelSchema, arguments: runArgumentsSchema },
  };
}
