import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.js';
import {
  endGroup,
  findRabbitmq,
  startRabbitmq,
  type RabbitmqPrograms,
  type RabbitmqSettings,
} from './rabbitmq-process.js';

/** A RabbitMQ of one's own: on a port of its own, with its data in a folder that goes with it. */
export class PrivateRabbitmq implements AsyncDisposable {
  readonly #settings: RabbitmqSettings;
  #process: ChildProcess | undefined;

  private constructor(settings: RabbitmqSettings) {
    this.#settings = settings;
  }

  static async start({
    programs = findRabbitmq(),
    ...more
  }: {
    readonly programs?: RabbitmqPrograms | undefined;
  } & Pick<RabbitmqSettings, 'settings' | 'tls' | 'login'> = {}): Promise<PrivateRabbitmq> {
    if (programs === undefined)
      throw new Error('there is no RabbitMQ here; install it (Debian: apt-get install rabbitmq-server)');
    const directory = mkdtempSync(join(tmpdir(), 'synergos-rabbitmq-'));
    const [port, distributionPort] = [await freePort(), await freePort()];
    const rabbitmq = new PrivateRabbitmq({ programs, directory, port, distributionPort, ...more });
    try {
      await rabbitmq.resume();
    } catch (error) {
      await rabbitmq.stop();
      throw error;
    }
    return rabbitmq;
  }

  get port(): number {
    return this.#settings.port;
  }

  /** Its process group; undefined while it does not run. */
  get group(): number | undefined {
    return this.#process?.pid;
  }

  /** Restarts the broker with its data on disk. */
  async resume(): Promise<void> {
    this.#process = await startRabbitmq(this.#settings);
  }

  /** Stops the broker gracefully; `resume` restarts it. */
  async pause(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /**
   * Kills the broker, as a power cut would. RabbitMQ 3.10 loses a quorum queue that was declared within the last
   * second.
   */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Kills the broker and deletes its data. */
  async stop(): Promise<void> {
    // Its data is deleted, so it need not shut down gracefully.
    await this.#end('SIGKILL');
    rmSync(this.#settings.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const pid = this.#process?.pid;
    this.#process = undefined;
    if (pid !== undefined) await endGroup(pid, signal);
  }
}
