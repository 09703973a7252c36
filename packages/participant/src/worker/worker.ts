import { silentLogger, type Logger } from '@synergos/contract';
import type { ConnectionState, WorkerClient } from '@synergos/rpc-core';
import type { TaskThread } from '../thread/task-thread.js';
import { HealthFile } from './health-file.js';

export interface ParticipantWorkerOptions {
  readonly tasks: TaskThread;
  /** Creates the client once the capabilities of the tasks' thread are known. */
  readonly createClient: (
    capabilities: readonly string[],
    onState: (state: ConnectionState) => void,
  ) => WorkerClient;
  /** File that is written every few seconds while the worker is connected. @defaultValue none */
  readonly healthFile?: string | undefined;
  readonly logger?: Logger;
}

/** A participant's worker: its connection to the TTP, the thread of its tasks and its health file. */
export class ParticipantWorker {
  readonly #options: ParticipantWorkerOptions;
  readonly #health: HealthFile;
  #client: WorkerClient | undefined;

  constructor(options: ParticipantWorkerOptions) {
    const { healthFile, logger = silentLogger } = options;
    this.#options = options;
    this.#health = new HealthFile(healthFile, logger);
  }

  /** Starts the thread of the tasks, then connects. Rejects if tasks cannot run; a lost connection is dialled again. */
  async start(): Promise<void> {
    const { tasks, createClient } = this.#options;
    const capabilities = await tasks.start();
    this.#client = createClient(capabilities, ({ state }) => this.#health.update(state === 'connected'));
    this.#client.start();
  }

  async close(): Promise<void> {
    this.#health.close();
    await this.#client?.close();
    await this.#options.tasks.close();
  }
}
