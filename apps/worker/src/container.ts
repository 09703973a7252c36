import {
  container as root,
  instanceCachingFactory,
  type DependencyContainer,
  type InjectionToken,
} from 'tsyringe';
import { createRegistry, type LoadedPlugin, type Registry } from '@synergos/fed-algorithms';
import { componentLogger, type Logging } from '@synergos/logging';
import { TaskThread } from '@synergos/participant';
import { WorkerClient, type ConnectionState } from '@synergos/rpc-core';
import type { WorkerOptions } from './options.js';
import type { TaskSettings } from './tasks/settings.js';

/** What has to be read before anything can be built. */
export interface Resources {
  readonly options: WorkerOptions;
  readonly logging: Logging;
  readonly plugins: readonly LoadedPlugin[];
  readonly ca: Buffer | undefined;
  readonly software: string;
  readonly hardware: Readonly<Record<string, string | number>>;
  readonly onState: (state: ConnectionState) => void;
}

export const tokens = {
  registry: Symbol('registry') as InjectionToken<Registry>,
  tasks: Symbol('tasks') as InjectionToken<TaskThread>,
  client: Symbol('client') as InjectionToken<WorkerClient>,
};

/** The wiring of a worker. */
export function buildContainer(resources: Resources): DependencyContainer {
  const { options, logging, plugins, ca, software, hardware, onState } = resources;
  const { id, ttp, token } = options;
  const { logger } = logging;
  const container = root.createChildContainer();
  const provide = <Part>(part: InjectionToken<Part>, build: (from: DependencyContainer) => Part) =>
    container.register(part, { useFactory: instanceCachingFactory(build) });

  provide(tokens.registry, () => createRegistry(plugins));

  provide(tokens.tasks, () => {
    const { token: _secret, ...rest } = options;
    const settings: TaskSettings = { options: rest, logging: logging.forThread() };
    return new TaskThread({
      entry: new URL('tasks/main.js', import.meta.url),
      settings,
      logger: componentLogger(logger, 'participant'),
    });
  });

  provide(
    tokens.client,
    (from) =>
      new WorkerClient({
        url: ttp,
        participant: id,
        handlers: from.resolve(tokens.tasks).handlers,
        software,
        hardware,
        capabilities: from
          .resolve(tokens.registry)
          .list()
          .map(({ algorithm }) => `algorithm:${algorithm.name}`),
        logger: componentLogger(logger, 'data-plane'),
        onState,
        ...(token === undefined ? {} : { token }),
        ...(ca === undefined ? {} : { ca }),
      }),
  );

  return container;
}
