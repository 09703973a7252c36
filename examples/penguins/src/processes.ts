import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const START_TIMEOUT_MS = 30_000;
const LOOK_MS = 20;
const STOP_TIMEOUT_MS = 5_000;

type AppKind = 'BASIC' | 'WORKER' | 'DIRECTOR' | 'CLUSTER';

export interface Basic {
  readonly process: ChildProcess;
  readonly url: string;
  readonly dataUrl: string;
  readonly adminToken: string;
}

export interface Director {
  readonly process: ChildProcess;
  readonly url: string;
  readonly adminToken: string;
}

/** The TTP of one grid of a cluster. */
export interface ClusterTtp {
  readonly process: ChildProcess;
  readonly dataUrl: string;
  /** Address of health and metrics. */
  readonly url: string;
}

export interface ClusterSettings {
  readonly id: string;
  readonly grid: number;
  /** Port of RabbitMQ on this machine. */
  readonly queuePort: number;
  /** Path of the director's `directory`. */
  readonly director: string;
  readonly more?: readonly string[];
}

export interface WorkerSettings {
  readonly id: string;
  readonly ttp: string;
  readonly token: string;
  readonly dataDir: string;
  /** Further command-line options. */
  readonly more?: readonly string[];
}

/** Processes of the demo: their logs go to files, and they are ended in reverse order of their start. */
export class Processes {
  readonly #running: ChildProcess[] = [];

  /** Starts a basic TTP, on free ports unless `more` says otherwise; resolves when it is ready. */
  async startBasic(directory: string, more: readonly string[] = []): Promise<Basic> {
    const dataDir = join(directory, 'data');
    const log = join(directory, 'ttp.log');
    const outputsDir = join(directory, 'outputs');
    const args = [
      '--id',
      'ttp',
      '--port',
      '0',
      '--data-port',
      '0',
      '--data-dir',
      dataDir,
      '--outputs-dir',
      outputsDir,
    ];
    const { child, port, dataPort } = await this.#start('BASIC', '@synergos/ttp-basic', log, args, more);
    return {
      process: child,
      url: `http://127.0.0.1:${port}`,
      dataUrl: `http://127.0.0.1:${dataPort}`,
      adminToken: readFileSync(join(dataDir, 'admin-token'), 'utf8').trim(),
    };
  }

  /** Starts a director; the cluster's TTPs share its records and outputs. */
  async startDirector(directory: string, queuePort: number, more: readonly string[] = []): Promise<Director> {
    const dataDir = join(directory, 'data');
    const log = join(directory, 'director.log');
    const queue = ['--queue', 'rabbitmq', '127.0.0.1', String(queuePort)];
    const folders = ['--data-dir', dataDir, '--outputs-dir', join(directory, 'outputs')];
    const args = ['--id', 'director', '--port', '0', ...folders, ...queue];
    const { child, port } = await this.#start('DIRECTOR', '@synergos/director', log, args, more);
    return {
      process: child,
      url: `http://127.0.0.1:${port}`,
      adminToken: readFileSync(join(dataDir, 'admin-token'), 'utf8').trim(),
    };
  }

  /** Starts the TTP of a grid, on free ports unless `more` says otherwise; resolves when it is ready. */
  async startCluster(
    directory: string,
    { id, grid, queuePort, director, more = [] }: ClusterSettings,
  ): Promise<ClusterTtp> {
    const log = join(directory, 'ttp.log');
    const shared = [
      '--database',
      `sqlite:${join(director, 'data', 'records.sqlite')}`,
      '--outputs-dir',
      join(director, 'outputs'),
    ];
    const queue = ['--queue', 'rabbitmq', '127.0.0.1', String(queuePort)];
    const own = ['--id', id, '--grid', String(grid), '--port', '0', '--data-port', '0'];
    const args = [...own, '--data-dir', join(directory, 'data'), ...shared, ...queue];
    const { child, port, dataPort } = await this.#start('CLUSTER', '@synergos/ttp-cluster', log, args, more);
    return { process: child, dataUrl: `http://127.0.0.1:${dataPort}`, url: `http://127.0.0.1:${port}` };
  }

  startWorker(directory: string, options: WorkerSettings): ChildProcess {
    const { id, ttp, token, dataDir, more = [] } = options;
    const outputsDir = join(directory, 'outputs');
    const args = ['--id', id, '--ttp', ttp, '--data-dir', dataDir, '--outputs-dir', outputsDir, ...more];
    return this.#spawn('WORKER', '@synergos/worker', join(directory, 'worker.log'), args, {
      SYNERGOS_TOKEN: token,
    });
  }

  async stop(): Promise<void> {
    for (const child of this.#running.splice(0).toReversed()) await end(child);
  }

  async #start(kind: AppKind, app: string, log: string, args: readonly string[], more: readonly string[]) {
    // A restarted process appends to the same file.
    const from = existsSync(log) ? statSync(log).size : 0;
    const child = this.#spawn(kind, app, log, [...args, ...more]);
    return { child, ...(await ready(child, { log, from }, more)) };
  }

  #spawn(kind: AppKind, app: string, log: string, args: readonly string[], env = {}): ChildProcess {
    const [program = '', ...prefix] = commandOf(kind, app);
    // The output goes directly to the file, so that this process copies no lines.
    const file = openSync(log, 'a');
    const child = spawn(program, [...prefix, ...args], {
      // A separate process group: Ctrl-C reaches only the demo, which then ends the others in order.
      detached: true,
      stdio: ['ignore', file, file],
      env: { ...process.env, ...env },
    });
    closeSync(file);
    this.#running.push(child);
    return child;
  }
}

/** Command that starts an app: its own program, or the one in the environment (images are tested with it). */
function commandOf(kind: AppKind, app: string): string[] {
  const other = process.env[`SYNERGOS_DEMO_${kind}_COMMAND`];
  if (other !== undefined) return JSON.parse(other) as string[];
  const manifest = createRequire(import.meta.url).resolve(`${app}/package.json`);
  return [process.execPath, join(manifest, '..', 'dist', 'main.js')];
}

function given(option: string, args: readonly string[]): number {
  return Number(args[args.indexOf(option) + 1]);
}

/** The ports in the TTP's ready log line, or in its options: censored logs have no ports. */
function ready(
  child: ChildProcess,
  { log, from }: { readonly log: string; readonly from: number },
  options: readonly string[],
): Promise<{ port: number; dataPort: number }> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearInterval(looking);
      reject(new Error(`the TTP ${why}; its log is ${log}`));
    };
    const end = Date.now() + START_TIMEOUT_MS;
    const looking = setInterval(() => {
      const lines = readFileSync(log).subarray(from).toString().split('\n');
      const line = lines.slice(0, -1).find((one) => one.includes('"msg":"ready"'));
      if (line === undefined) return void (Date.now() > end && fail('was not ready in time'));
      clearInterval(looking);
      const told = JSON.parse(line) as { port?: number; dataPort?: number };
      const { port = given('--port', options), dataPort = given('--data-port', options) } = told;
      resolve({ port, dataPort });
    }, LOOK_MS);
    child.once('exit', (code) => fail(`ended at its start with code ${code}`));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}
