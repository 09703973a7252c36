import { setTimeout as delay } from 'node:timers/promises';
import { Worker, type ResourceLimits } from 'node:worker_threads';
import { type Logger, silentLogger, valueOf } from '@synergos/contract';
import { reportOf, type TaskHandler, type TaskResult, type WorkerTask } from '@synergos/rpc-core';
import { isOfResult, post } from '@synergos/rpc-core/threads';
import { createBirpc } from 'birpc';
import { ParticipantError } from '../errors.js';
import { taskKinds, type TaskKind } from '../tasks/task-kinds.js';
import type { TaskCalls, WorkerCalls } from './protocol.js';

export interface TaskThreadOptions {
  /** Module that calls `hostTasks` in the thread. */
  readonly entry: URL;
  /** `workerData` of the thread. */
  readonly settings: unknown;
  readonly logger?: Logger;
  /** Time that a cancelled task has to end before its thread is ended. @defaultValue 10,000 */
  readonly graceMs?: number;
  /** Memory limits of the thread. @defaultValue those of a process */
  readonly resourceLimits?: ResourceLimits;
}

const NOT_ENDED = 'a cancelled task did not end';

interface Thread {
  readonly capabilities: readonly string[];
  readonly run: TaskCalls['run'];
  readonly abort: TaskCalls['abort'];
  /** Rejects when the thread ends. */
  readonly gone: Promise<never>;
  end(reason: string): Promise<void>;
}

/** Runs a worker's tasks in a thread of their own. If the thread dies, its tasks fail and the next task starts a new one. */
export class TaskThread {
  /** Handlers for a `WorkerClient`. */
  readonly handlers: Readonly<Record<TaskKind, TaskHandler>>;
  readonly #options: TaskThreadOptions;
  readonly #logger: Logger;
  readonly #tasks = new Map<string, WorkerTask>();
  #thread: Promise<Thread> | undefined;

  constructor(options: TaskThreadOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    const run: TaskHandler = (task) => this.#run(task);
    this.handlers = Object.fromEntries(taskKinds.map((kind) => [kind, run])) as Record<TaskKind, TaskHandler>;
  }

  /**
   * Starts the thread, which otherwise the first task starts. Resolves with the capabilities of the worker; rejects with
   * the reason if tasks cannot run.
   */
  async start(): Promise<readonly string[]> {
    return (await this.#running()).capabilities;
  }

  async close(): Promise<void> {
    const thread = await this.#thread?.catch(() => undefined);
    await thread?.end('the worker stops');
  }

  #running(): Promise<Thread> {
    if (this.#thread !== undefined) return this.#thread;
    const starting = this.#start();
    this.#thread = starting;
    const forget = () => {
      if (this.#thread === starting) this.#thread = undefined;
    };
    starting.then((thread) => thread.gone.catch(forget), forget);
    return starting;
  }

  async #start(): Promise<Thread> {
    const { entry, settings, resourceLimits } = this.#options;
    // Plug-ins see the command line of the process.
    const worker = new Worker(entry, {
      workerData: settings,
      argv: process.argv.slice(2),
      ...(resourceLimits && { resourceLimits }),
    });
    let why: string | undefined;
    const gone = new Promise<never>((_, reject) => {
      const died = (reason: string, cause?: unknown) => {
        calls.$close();
        const message = `the thread that does the worker's tasks ended: ${why ?? reason}`;
        reject(new ParticipantError('thread_died', message, { cause }));
      };
      // This message is reported to the TTP; that of the error stays in the log.
      worker.on('error', (error) => died(reportOf(error).message, error));
      worker.on('exit', (code) => died(`exit code ${code}`));
    });
    gone.catch(() => undefined);
    const calls = createBirpc<TaskCalls, WorkerCalls>(
      { progress: (task, data) => this.#tasks.get(task)?.progress(data) },
      {
        post: (message) => post(worker, message),
        onGeneralError: isOfResult,
        on: (listener) => worker.on('message', listener),
        timeout: -1,
      },
    );
    const end = async (reason: string) => {
      why ??= reason;
      await worker.terminate();
    };
    let capabilities: readonly string[];
    try {
      capabilities = valueOf(await Promise.race([calls.start(), gone]), ParticipantError);
    } catch (error) {
      await end('it could not start');
      throw error;
    }
    return {
      capabilities,
      run: (task) => calls.run(task),
      abort: (task) => void calls.abort.asEvent(task).catch(() => undefined),
      gone,
      end,
    };
  }

  async #run(task: WorkerTask): Promise<TaskResult> {
    for (;;) {
      try {
        return await this.#attempt(task);
      } catch (error) {
        const isLost = error instanceof ParticipantError && error.code === 'thread_died';
        if (!isLost || task.signal.aborted) throw error;
        // Another task did not end, and the shared thread was ended: run this task again.
        if (error.message.endsWith(NOT_ENDED)) continue;
        this.#logger.error({ task: task.id, kind: task.kind, err: error }, 'task lost with its thread');
        throw error;
      }
    }
  }

  async #attempt(task: WorkerTask): Promise<TaskResult> {
    const { id, kind, payload, tensors, signal } = task;
    const thread = await this.#running();
    signal.throwIfAborted();
    const isOver = new AbortController();
    const abort = () => void this.#abort(thread, task, isOver.signal);
    this.#tasks.set(id, task);
    signal.addEventListener('abort', abort, { once: true });
    try {
      const result = thread.run({ id, kind, payload, tensors }).catch(notPosted);
      result.catch(() => undefined);
      return valueOf(await Promise.race([result, thread.gone]), ParticipantError);
    } finally {
      isOver.abort();
      signal.removeEventListener('abort', abort);
      this.#tasks.delete(id);
    }
  }

  /** Aborts a task. Ends the thread if the task does not respond in time. */
  async #abort(thread: Thread, { id, kind }: WorkerTask, over: AbortSignal): Promise<void> {
    thread.abort(id);
    const { graceMs = 10_000 } = this.#options;
    const isLate = await delay(graceMs, true, { signal: over }).catch(() => false);
    if (!isLate) return;
    this.#logger.warn({ task: id, kind }, 'ending the thread of a cancelled task that does not end');
    await thread.end(NOT_ENDED);
  }
}

/** Replaces the error of a call that was not delivered: it may quote the posted message. */
function notPosted(cause: unknown): never {
  const message = "a task or its result could not be posted between the worker's threads";
  throw new ParticipantError('not_posted', message, { cause });
}
