import {
  container as root,
  instanceCachingFactory,
  type DependencyContainer,
  type InjectionToken,
} from 'tsyringe';
import { withTaskContext } from '@synergos/command-line';
import { componentLogger, type Logging } from '@synergos/logging';
// The tasks' thread alone needs the rest of the package.
import { TaskThread } from '@synergos/participant/task-thread';
import { WorkerClient, type ConnectionState } from '@synergos/rpc-core';
import type { WorkerOptions } from './options.js';
import type { TaskSettings } from './tasks/settings.js';

/** What has to be read before anything can be built. */
export interface Resources {
  readonly options: WorkerOptions;
  readonly logging: Logging;
  readonly ca: string | undefined;
  readonly software: string;
  readonly hardware: Readonly<Record<string, string | number>>;
  readonly onState: (state: ConnectionState) => void;
}

export const tokens = {
  tasks: Symbol('tasks') as InjectionToken<TaskThread>,
  /** Registered once the tasks' thread has told them. */
  capabilities: Symbol('capabilities') as InjectionToken<readonly string[]>,
  client: Symbol('client') as InjectionToken<WorkerClient>,
};

/** The wiring of a worker. */
export function buildContainer(resources: Resources): DependencyContainer {
  const { options, logging, ca, software, hardware, onState } = resources;
  const { id, ttp, token } = options;
  const { logger } = logging;
  const container = root.createChildContainer();
  const provide = <Part>(part: InjectionToken<Part>, build: (from: DependencyContainer) => Part) =>
    container.register(part, { useFactory: instanceCachingFactory(build) });

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
        capabilities: from.resolve(tokens.capabilities),
        logger: componentLogger(logger, 'data-plane'),
        around: (task, work) => withTaskContext(task, id, work),
        onState,
        ...(token === undefined ? {} : { token }),
        ...(ca === undefined ? {} : { ca }),
      }),
  );

  return container;
}
