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

/** Checks what a user sends about models and runs, by the layers and algorithms that exist here. */
export function createRunChecks(registry: Registry): RunChecks {
  return {
    parseModel: (raw) => {
      const model = parseModel(raw);
      // What an image model takes is known only once the data is aligned.
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
