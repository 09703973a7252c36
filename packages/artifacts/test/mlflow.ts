import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

const VERSION = '3.17.2';
const EMPTY_DATABASE = 'empty.db';
const MAKING_MS = 300_000;
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'synergos-tests');
/** MLflow reads and serves folders only if these variables allow it. */
const ENVIRONMENT = {
  ...process.env,
  MLFLOW_ALLOW_FILE_STORE: 'true',
  MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
  MLFLOW_DISABLE_TELEMETRY: 'true',
};

/** A Python with MLflow, in an environment that is created once; undefined if this machine cannot create one. */
export function mlflowPython(): string | undefined {
  const environment = join(CACHE, `mlflow-${VERSION}`);
  mkdirSync(CACHE, { recursive: true });
  try {
    if (isOurTurn(environment)) make(environment);
    return pythonOf(environment);
  } catch (error) {
    rmSync(environment, { recursive: true, force: true });
    if (process.env.CI !== undefined) throw error;
    return undefined;
  }
}

const pythonOf = (environment: string) => join(environment, 'bin', 'python');
const isReady = (environment: string) => existsSync(join(environment, EMPTY_DATABASE));

/** True if it must be created here; otherwise another test has created it. */
function isOurTurn(environment: string): boolean {
  try {
    mkdirSync(environment);
    return true;
  } catch {
    const end = Date.now() + MAKING_MS;
    while (!isReady(environment) && Date.now() < end)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    return !isReady(environment);
  }
}

function make(environment: string): void {
  const python = pythonOf(environment);
  const options = { stdio: 'ignore', env: ENVIRONMENT } as const;
  execFileSync('python3', ['-m', 'venv', '--clear', environment], options);
  execFileSync(python, ['-m', 'pip', '-q', 'install', 'uv'], options);
  execFileSync(python, ['-m', 'uv', 'pip', 'install', '--python', python, `mlflow==${VERSION}`], options);
  // MLflow needs 15 seconds to create its tables: a new server gets a copy.
  const made = join(environment, `${EMPTY_DATABASE}.new`);
  execFileSync(python, ['-m', 'mlflow', 'db', 'upgrade', `sqlite:///${made}`], options);
  renameSync(made, join(environment, EMPTY_DATABASE));
}

/** MLflow's client output: [step, value, timestamp] of each metric, SHA-256 of each artifact. */
export interface ReadRun {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly started: number;
  readonly ended: number | null;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, readonly (readonly [number, number, number])[]>>;
  readonly artifacts: Readonly<Record<string, string>>;
}
export interface ReadExperiment {
  readonly id: string;
  readonly name: string;
  readonly runs: readonly ReadRun[];
}

/** MLflow's own client, in a long-running process. */
export class MlflowReader {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #ready: Promise<unknown>;

  constructor(python: string) {
    const script = join(import.meta.dirname, 'fixtures', 'read_mlflow.py');
    this.#process = spawn(python, [script], { env: ENVIRONMENT, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
    this.#ready = this.#lines.next();
  }

  /** Reads all of a URI, or one experiment, after calls of the client's methods. */
  async read(
    uri: string,
    {
      experiment,
      calls = [],
    }: { experiment?: string; calls?: readonly (readonly [string, readonly unknown[]])[] } = {},
  ): Promise<readonly ReadExperiment[]> {
    await this.#ready;
    this.#process.stdin!.write(`${JSON.stringify({ uri, experiment, calls })}\n`);
    const { value } = (await this.#lines.next()) as { value?: string };
    return JSON.parse(value ?? 'null') as readonly ReadExperiment[];
  }

  close(): void {
    this.#process.kill();
  }
}

/** An MLflow server on a database and a folder of artifacts; it can be killed and restarted on its port. */
export class MlflowServer {
  #process: ChildProcess | undefined;
  #port: number | undefined;

  constructor(
    readonly python: string,
    readonly directory: string,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The port of the server, also before it starts. */
  async port(): Promise<number> {
    return (this.#port ??= await freePort());
  }

  async start(): Promise<void> {
    const port = await this.port();
    mkdirSync(this.directory, { recursive: true });
    const database = join(this.directory, 'mlflow.db');
    const empty = join(this.python, '../..', EMPTY_DATABASE);
    if (!existsSync(database)) copyFileSync(empty, database);
    const where = [
      '--backend-store-uri',
      `sqlite:///${database}`,
      '--artifacts-destination',
      join(this.directory, 'artifacts'),
    ];
    const args = ['-m', 'mlflow', 'server', '--port', String(port), '--workers', '1', ...where];
    const child = spawn(this.python, args, { env: ENVIRONMENT, stdio: 'ignore', detached: true });
    this.#process = child;
    while (
      !(await fetch(`${this.url}/health`).then(
        ({ ok }) => ok,
        () => false,
      ))
    ) {
      if (child.exitCode !== null) throw new Error(`MLflow ended at its start with code ${child.exitCode}`);
      await delay(100);
    }
  }

  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.pid === undefined || child.exitCode !== null) return;
    const exit = once(child, 'exit');
    // Kills its workers, too.
    process.kill(-child.pid, 'SIGKILL');
    await exit;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
