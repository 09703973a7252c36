import { loadableEngines, loadEngine, type Engine, type LoadableEngine } from '@synergos/fed-algorithms';
import { componentLogger, type Logger } from '@synergos/logging';
import type { Command } from 'commander';
import { appOption, atLeast } from './options.js';

export interface EngineChoices {
  readonly engine: LoadableEngine | undefined;
  readonly gpus: number | undefined;
}

/** `--engine` and `--gpus`, of every app that aggregates. */
export function addEngineOptions(command: Command): Command {
  return command
    .addOption(
      appOption(
        '--engine <name>',
        'arithmetic of aggregation; tensorflow and webgpu need packages (default: the fastest of the others)',
      ).choices(loadableEngines),
    )
    .addOption(
      appOption(
        '--gpus <number>',
        'GPUs for aggregation: 0 touches none, 1 or more uses one where there is one (default: what --engine needs)',
      ).argParser(atLeast(0)),
    );
}

/** The engine chosen; where no GPU is usable although one was asked for, the log says so. Throws if one named does not run. */
export async function openEngine({ engine: name, gpus }: EngineChoices, logger: Logger): Promise<Engine> {
  const { engine, withoutGpu } = await loadEngine({ name, gpus });
  if (withoutGpu !== undefined)
    componentLogger(logger, 'engine').warn(
      { gpus, engine: engine.name, reason: withoutGpu },
      'no usable GPU: aggregation runs without one',
    );
  return engine;
}
