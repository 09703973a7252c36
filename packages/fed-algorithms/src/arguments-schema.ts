import { z } from 'zod';
import { argumentsShape, type runArgumentsSchema } from './arguments.js';
import type { Components } from './components.js';

/** The schema of the arguments that all runs accept. */
export type ArgumentsSchema = typeof runArgumentsSchema;

/**
 * The arguments that all runs accept, those of the components included.
 * @throws PluginError if an argument has no default, or if two components mean different schemas by one name.
 */
export function argumentsSchemaOf(components: Components): ArgumentsSchema {
  const shape = argumentsShape({
    aggregators: components.aggregators.list(),
    optimizers: components.optimizers.list(),
    schedulers: components.schedulers.list(),
    criteria: components.criteria.list(),
    compressions: components.compressions.list(),
  });
  return z.object(shape) as unknown as ArgumentsSchema;
}
