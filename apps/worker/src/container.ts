import {
  container as root,
  instanceCachingFactory,
  type DependencyContainer,
  type InjectionToken,
} from 'tsyringe';
import { createRegistry, type LoadedPlugin, type Registry } from '@synergos/fed-algorithms';
import { componentLogger, type Logger } from '@synergos/logging';
import { createTaskHandlers } from '@synergos/participant';
import { WorkerClient, type ConnectionState, type TaskHandler } from '@synergos/rpc-core';
import type { WorkerOptions } from './options.js';

/** What has to be read before anything can be built. */
export interface Resources {
  readonly options: WorkerOptions;
  readonly logger: Logger;
  readonly plugins: readonly LoadedPlugin[];
  readonly ca: Buffer | undefined;
  readonly software: string;
  readonly hardware: Readonly<Record<string, string | number>>;
  readonly onState: (state: ConnectionState) => void;
}

export const tokens = {
  registry: Symbol('registry') as InjectionToken<Registry>,
  handlers: Symbol('handlers') as InjectionToken<Readonly<Record<string, TaskHandler>>>,
  client: Symbol('client') as InjectionToken<WorkerClient>,
};

/** The wiring of a worker. */
export function buildContainer(resources: Resources): DependencyContainer {
  const { options, logger, plugins, ca, software, hardware, onState } = resources;
  const { id, ttp, token, dataDir, outputsDir, backend } = options;
  const container = root.createChildContainer();
  const provide = <Part>(part: InjectionToken<Part>, build: (from: DependencyContainer) => Part) =>
    container.register(part, { useFactory: instanceCachingFactory(build) });

  provide(tokens.registry, () => createRegistry(plugins));

  provide(tokens.handlers, (from) =>
    createTaskHandlers({
      participant: id,
      dataDirectory: dataDir,
      outputsDirectory: outputsDir,
      registry: from.resolve(tokens.registry),
      backend,
      logger: componentLogger(logger, 'participant'),
    }),
  );

  provide(
    tokens.client,
    (from) =>
      new WorkerClient({
        url: ttp,
        participant: id,
        handlers: from.resolve(tokens.handlers),
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
