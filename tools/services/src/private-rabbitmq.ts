import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, listens } from './ports.js';

export interface RabbitmqPrograms {
  /** RabbitMQ's own start script, which runs as whoever calls it. */
  readonly server: string;
}

const START_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 30_000;
/** Debian keeps the scripts themselves here; those on the PATH change to the user rabbitmq. */
const DEBIAN = '/usr/lib/rabbitmq/bin';

/** RabbitMQ's programs on this machine; undefined if there are none. */
export function findRabbitmq(): RabbitmqPrograms | undefined {
  const folders = [DEBIAN, ...(process.env.PATH ?? '').split(delimiter)];
  const server = folders.map((folder) => join(folder, 'rabbitmq-server')).find((path) => existsSync(path));
  return server === undefined ? undefined : { server };
}

/** A RabbitMQ of one's own: on a port of its own, with its data in a folder that goes with it. */
export class PrivateRabbitmq implements AsyncDisposable {
  readonly port: number;
  readonly #directory: string;
  readonly #programs: RabbitmqPrograms;
  readonly #distributionPort: number;
  #process: ChildProcess | undefined;

  private constructor(programs: RabbitmqPrograms, directory: string, port: number, distributionPort: number) {
    this.#programs = programs;
    this.#directory = directory;
    this.port = port;
    this.#distributionPort = distributionPort;
  }

  /** `settings`: of the Erlang application `rabbit`, such as `consumer_timeout`. */
  static async start({
    programs = findRabbitmq(),
    settings = {},
  }: {
    readonly programs?: RabbitmqPrograms | undefined;
    readonly settings?: Readonly<Record<string, number>>;
  } = {}): Promise<PrivateRabbitmq> {
    if (programs === undefined)
      throw new Error('there is no RabbitMQ here; install it (Debian: apt-get install rabbitmq-server)');
    const directory = mkdtempSync(join(tmpdir(), 'synergos-rabbitmq-'));
    const broker = new PrivateRabbitmq(programs, directory, await freePort(), await freePort());
    mkdirSync(join(directory, 'home'));
    writeFileSync(join(directory, 'plugins'), '[].\n');
    const lines = [
      `listeners.tcp.1 = 127.0.0.1:${broker.port}`,
      'log.file.level = warning',
      'disk_free_limit.absolute = 50MB',
    ];
    const advanced = Object.entries(settings).map(([name, value]) => `{${name}, ${value}}`);
    writeFileSync(join(directory, 'advanced.config'), `[{rabbit, [${advanced.join(', ')}]}].\n`);
    writeFileSync(join(directory, 'rabbitmq.conf'), `${lines.join('\n')}\n`);
    try {
      await broker.resume();
    } catch (error) {
      await broker.stop();
      throw error;
    }
    return broker;
  }

  /** Starts again what was ended, on what it had on disk. */
  async resume(): Promise<void> {
    const at = (name: string) => join(this.#directory, name);
    const child = spawn(this.#programs.server, [], {
      // A group of its own: the script has the server as a child.
      detached: true,
      stdio: 'ignore',
      env: {
        ...process.env,
        HOME: at('home'),
        RABBITMQ_NODENAME: `synergos-${this.port}@localhost`,
        RABBITMQ_DIST_PORT: String(this.#distributionPort),
        RABBITMQ_MNESIA_BASE: at('mnesia'),
        RABBITMQ_LOG_BASE: at('log'),
        RABBITMQ_ENABLED_PLUGINS_FILE: at('plugins'),
        RABBITMQ_CONFIG_FILE: at('rabbitmq'),
        RABBITMQ_ADVANCED_CONFIG_FILE: at('advanced.config'),
        // Small and quiet: it shares the machine.
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none',
      },
    });
    this.#process = child;
    const failed = once(child, 'exit').then(([code]) => {
      throw new Error(`RabbitMQ ended with code ${String(code)} at its start:\n${this.#lastLines()}`);
    });
    const ready = async () => {
      for (const end = Date.now() + START_WITHIN_MS; Date.now() < end; await delay(100))
        if (await listens(this.port)) return;
      throw new Error(`RabbitMQ did not start within ${START_WITHIN_MS / 1000} s:\n${this.#lastLines()}`);
    };
    failed.catch(() => undefined);
    await Promise.race([ready(), failed]);
  }

  /** Ends it in good order; `resume` starts it again. */
  async pause(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /**
   * Ends it at once, as a power cut would. RabbitMQ 3.10 does not find a quorum queue again that was declared in the
   * second before.
   */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends it, and removes what it had. */
  async stop(): Promise<void> {
    // What it had goes with it: it need not put that in order.
    await this.#end('SIGKILL');
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.pid === undefined) return;
    const { pid } = child;
    const isThere = () => {
      try {
        return process.kill(-pid, 0);
      } catch {
        return false;
      }
    };
    if (!isThere()) return;
    process.kill(-pid, signal);
    for (const end = Date.now() + STOP_WITHIN_MS; Date.now() < end && isThere();) await delay(50);
  }

  #lastLines(): string {
    const file = join(this.#directory, 'log', `synergos-${this.port}@localhost.log`);
    return existsSync(file)
      ? readFileSync(file, 'utf8').split('\n').slice(-20).join('\n')
      : '(it wrote no log)';
  }
}
