import { createRequire } from 'node:module';
import {
  container as root,
  instanceCachingFactory,
  type DependencyContainer,
  type InjectionToken,
} from 'tsyringe';
import { makeFolder, readPem, startLogs, withTaskContext } from '@synergos/command-line';
import { isLoopback } from '@synergos/contract';
import { componentLogger, startSystemMetrics, type Logger, type Logging } from '@synergos/logging';
// The rest of the package is loaded by the thread of the tasks only.
import { hardwareOf, ParticipantWorker, TaskThread } from '@synergos/participant/worker';
import { WorkerClient } from '@synergos/rpc-core';
import type { WorkerOptions } from './options.js';
import type { TaskSettings } from './tasks.js';

const { name, version } = createRequire(import.meta.url)('../package.json') as {
  readonly name: string;
  readonly version: string;
};

/** What is opened before the container is built. */
export interface Resources {
  readonly options: WorkerOptions;
  readonly logging: Logging;
  /** PEM certificate authority of the TTP. */
  readonly ca: string | undefined;
}

export const tokens = {
  logger: Symbol('logger') as InjectionToken<Logger>,
  tasks: Symbol('tasks') as InjectionToken<TaskThread>,
  worker: Symbol('worker') as InjectionToken<ParticipantWorker>,
  metrics: Symbol('metrics') as InjectionToken<ReturnType<typeof startSystemMetrics>>,
};

/** Opens logs, folders and certificates. */
export async function openResources(options: WorkerOptions): Promise<Resources> {
  const { id, ttp, token, dataDir, outputsDir, tlsCa, healthFile } = options;
  const { protocol, hostname } = new URL(ttp);
  const paths = [dataDir, outputsDir, healthFile];
  const logging = startLogs({ id, role: 'worker', options, participants: [id], hosts: [hostname], paths });
  const logger = componentLogger(logging.logger, 'app');
  if (await makeFolder(dataDir, '--data-dir', { use: 'read' }))
    logger.warn({ dataDir }, 'created an empty data folder: there was none');
  await makeFolder(outputsDir, '--outputs-dir');
  if (token !== undefined && /^(http|ws):$/.test(protocol) && !isLoopback(hostname))
    logger.warn(
      { ttp },
      'the token travels in plain text; give --ttp with https:// if the TTP or a proxy has TLS',
    );
  return { options, logging, ca: tlsCa === undefined ? undefined : await readPem(tlsCa, '--tls-ca') };
}

/** Wires a worker. */
export function buildContainer({ options, logging, ca }: Resources): DependencyContainer {
  const { id, ttp, token, cpus, outputsDir, healthFile, loggingResolution } = options;
  const component = (part: string) => componentLogger(logging.logger, part);
  const container = root.createChildContainer();
  const provide = <Part>(part: InjectionToken<Part>, build: (from: DependencyContainer) => Part) =>
    container.register(part, { useFactory: instanceCachingFactory(build) });

  provide(tokens.logger, () => component('app'));

  provide(tokens.tasks, () => {
    const { token: _secret, ...rest } = options;
    const settings: TaskSettings = { options: rest, logging: logging.forThread() };
    const entry = new URL('tasks.js', import.meta.url);
    return new TaskThread({ entry, settings, logger: component('participant') });
  });

  provide(
    tokens.worker,
    (from) =>
      new ParticipantWorker({
        tasks: from.resolve(tokens.tasks),
        createClient: (capabilities, onState) =>
          new WorkerClient({
            url: ttp,
            participant: id,
            handlers: from.resolve(tokens.tasks).handlers,
            software: `${name}@${version}`,
            hardware: hardwareOf(cpus),
            capabilities,
            logger: component('data-plane'),
            around: (task, work) => withTaskContext(task, id, work),
            onState,
            ...(token === undefined ? {} : { token }),
            ...(ca === undefined ? {} : { ca }),
          }),
        healthFile,
        logger: from.resolve(tokens.logger),
      }),
  );

  provide(tokens.metrics, () =>
    startSystemMetrics({
      resolutionSeconds: loggingResolution,
      directory: outputsDir,
      logger: componentLogger(logging.sysmetrics, 'system'),
    }),
  );

  return container;
}
