import type { RunChecks } from '@synergos/contract';
import {
  defaultCriterion,
  describeAlgorithms,
  inferShapes,
  modelSchemaOf,
  parseModel,
  parseRunArguments,
  runArgumentsSchema,
  type Registry,
} from '@synergos/fed-algorithms';

/** The criterion of a run that names none. */
const DEFAULT_CRITERION = runArgumentsSchema.shape.criterion.parse(undefined);

/** Checks models and runs against the available layers and algorithms. */
export function createRunChecks(registry: Registry): RunChecks {
  return {
    parseModel: (raw) => {
      const model = parseModel(raw, registry);
      // The input size of an image model is known only after the alignment.
      if (model[0]?.l_type === 'Linear') inferShapes(model);
      return model;
    },
    parseArguments: (raw) => parseRunArguments(registry, raw),
    fittingCriterion(raw, action) {
      if (raw === undefined || (action !== 'regress' && action !== 'classify')) return undefined;
      const criterion = defaultCriterion(parseModel(raw, registry), action);
      return criterion === DEFAULT_CRITERION ? undefined : criterion;
    },
    algorithms: describeAlgorithms(registry),
    schemas: { model: modelSchemaOf(registry), arguments: registry.argumentsSchema },
  };
}
