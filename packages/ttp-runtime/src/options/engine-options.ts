import type { Engine, LoadableEngine } from '@synergos/fed-algorithms';
import { componentLogger, type Logger } from '@synergos/logging';
import type { Command } from 'commander';
import { addResourceOptions, appOption } from '@synergos/command-line';

export interface EngineChoices {
  readonly engine: LoadableEngine | undefined;
  readonly gpus: number | undefined;
  readonly cpus: number | undefined;
}

/** Told again here: a command line is read before anything large is loaded. */
export const engineChoices = [
  'plain',
  'simd',
  'tensorflow',
  'webgpu',
] as const satisfies readonly LoadableEngine[];

/** `--engine`, `--cpus` and `--gpus`, of every app that aggregates. */
export function addEngineOptions(command: Command): Command {
  command.addOption(
    appOption(
      '--engine <name>',
      'arithmetic of aggregation; tensorflow and webgpu need packages (default: the fastest of the others)',
    ).choices(engineChoices),
  );
  return addResourceOptions(command, {
    cpus: 'CPU cores for aggregation (default: all)',
    gpus: 'GPUs for aggregation: 0 touches none, 1 or more uses one where there is one (default: what --engine needs)',
  });
}

/** The engine chosen; where no GPU is usable although one was asked for, the log says so. Throws if one named does not run. */
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
