import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { makeFolder, readPem, startLogs } from '@synergos/command-line';
import { isLoopback } from '@synergos/contract';
import { componentLogger, startSystemMetrics } from '@synergos/logging';
import { buildContainer, tokens } from './container.js';
import type { WorkerOptions } from './options.js';

export interface Worker {
  close(): Promise<void>;
}

const HEALTH_MS = 10_000;

/** Starts a worker: it dials its TTP for ever and does what it is asked. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { id, ttp, dataDir, outputsDir, tlsCa, healthFile } = options;
  limitTensorFlow(options);
  const logging = startLogs({
    id,
    role: 'worker',
    options,
    participants: [id],
    hosts: [new URL(ttp).hostname],
    paths: [dataDir, outputsDir, healthFile],
  });
  const own = componentLogger(logging.logger, 'app');
  if (await makeFolder(dataDir, '--data-dir', { use: 'read' }))
    own.warn({ dataDir }, 'there was no data folder: an empty one was made');
  await makeFolder(outputsDir, '--outputs-dir');
  const { protocol, hostname } = new URL(ttp);
  if (options.token !== undefined && /^(http|ws):$/.test(protocol) && !isLoopback(hostname))
    own.warn(
      { ttp },
      'the token travels in plain text; give --ttp with https:// if the TTP or a proxy has TLS',
    );
  let connected = false;
  const beat = () => {
    if (connected && healthFile !== undefined)
      writeFile(healthFile, `${new Date().toISOString()}\n`).catch((err: unknown) =>
        own.warn({ err }, 'no health file'),
      );
  };

  const container = buildContainer({
    options,
    logging,
    ca: tlsCa === undefined ? undefined : await readPem(tlsCa, '--tls-ca'),
    software: version(),
    hardware: {
      cpus: Math.min(options.cpus ?? Infinity, cpus().length),
      cpu: cpus()[0]?.model ?? 'unknown',
      memoryBytes: totalmem(),
    },
    onState: ({ state }) => {
      connected = state === 'connected';
      beat();
    },
  });
  const tasks = container.resolve(tokens.tasks);
  container.register(tokens.capabilities, { useValue: await tasks.start() });
  const client = container.resolve(tokens.client);
  const system = startSystemMetrics({
    resolutionSeconds: options.loggingResolution,
    directory: outputsDir,
    logger: componentLogger(logging.sysmetrics, 'system'),
  });
  const health = setInterval(beat, HEALTH_MS);
  client.start();
  own.info({ ttp, dataDir }, 'worker started');

  return {
    close: async () => {
      clearInterval(health);
      await client.close();
      await tasks.close();
      own.info({}, 'worker stopped');
      system.close();
      await logging.close();
    },
  };
}

/** TensorFlow reads the environment of the process as it loads. */
function limitTensorFlow({ cpus: cores, gpus }: WorkerOptions): void {
  if (cores !== undefined)
    for (const name of ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS', 'OMP_NUM_THREADS'])
      process.env[name] = String(cores);
  if (gpus === 0) process.env.CUDA_VISIBLE_DEVICES = '-1';
}

function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { name, version: number } = JSON.parse(manifest) as { name: string; version: string };
  return `${name}@${number}`;
}
