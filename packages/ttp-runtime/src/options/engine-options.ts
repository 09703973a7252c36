import type { Engine, LoadableEngine } from '@synergos/fed-algorithms';
import { componentLogger, type Logger } from '@synergos/logging';
import type { Command } from 'commander';
import { addResourceOptions, appOption } from '@synergos/command-line';

export interface EngineChoices {
  readonly engine: LoadableEngine | undefined;
  readonly gpus: number | undefined;
  readonly cpus: number | undefined;
}

/** Repeated here, for a command line is parsed before large modules are loaded. */
export const engineChoices = [
  'plain',
  'simd',
  'tensorflow',
  'webgpu',
] as const satisfies readonly LoadableEngine[];

/** Adds `--engine`, `--cpus` and `--gpus`, for apps that aggregate. */
export function addEngineOptions(command: Command): Command {
  command.addOption(
    appOption(
      '--engine <name>',
      'compute engine of aggregation; tensorflow and webgpu need packages (default: simd if available, else plain)',
    ).choices(engineChoices),
  );
  return addResourceOptions(command, {
    cpus: 'number of CPU cores for aggregation (default: all)',
    gpus: 'GPUs for aggregation: 0 uses none, 1 or more uses one if available (default: what --engine needs)',
  });
}

/** Loads the chosen engine, and warns if a requested GPU is not usable. Throws if the named engine does not run here. */
export async function openEngine(
  { engine: name, gpus, cpus }: EngineChoices,
  logger: Logger,
): Promise<Engine> {
  const { loadEngine } = await import('@synergos/fed-algorithms');
  const { engine, withoutGpu } = await loadEngine({ name, gpus, cpus });
  if (withoutGpu !== undefined)
    componentLogger(logger, 'engine').warn(
      { gpus, engine: engine.name, reason: withoutGpu },
      'no usable GPU: aggregation runs without one',
    );
  return engine;
}
