import { setTimeout as delay } from 'node:timers/promises';
import { type Logger, LruMap, messageOf } from '@synergos/contract';
import { DataPlaneError, TransferRefused } from '../protocol/errors.js';
import {
  serializeMessage,
  type TaskMessage,
  type TaskOutcome,
  type TensorsRef,
  type TtpMessage,
  type WorkerMessage,
} from '../protocol/messages.js';
import { backoffMs, type Backoff } from './reconnect.js';
import { reportOf } from './task-failure.js';
import type { Transfers } from './transfers.js';

/** A task as a handler sees it. */
export interface WorkerTask {
  readonly id: string;
  readonly kind: string;
  readonly payload: unknown;
  /** Safetensors files by name, downloaded and verified. */
  readonly tensors: Readonly<Record<string, Uint8Array>>;
  /** Aborted when the TTP no longer wants the result, or the worker stops. */
  readonly signal: AbortSignal;
  progress(data: Readonly<Record<string, unknown>>): void;
}

export interface TaskResult {
  readonly payload: unknown;
  /** Safetensors files to upload, whole or in parts. */
  readonly tensors?: Readonly<Record<string, Uint8Array | readonly Uint8Array[]>>;
}

/** Does one kind of task. The TTP receives the code and message of a `TaskFailure` that it throws; see `reportOf`. */
export type TaskHandler = (task: WorkerTask) => Promise<TaskResult>;

interface Entry {
  readonly controller: AbortController;
  outcome?: TaskOutcome;
}

/** Calls `work`, which runs a task from its downloads to its result: logs in it can carry the ids of the task. */
export type AroundTask = (task: Pick<WorkerTask, 'kind' | 'payload'>, work: () => void) => void;

interface Options {
  readonly around: AroundTask;
  readonly handlers: Readonly<Record<string, TaskHandler>>;
  readonly transfers: Transfers;
  readonly logger: Logger;
  readonly backoff: Backoff;
  readonly send: (message: WorkerMessage) => void;
}

/** Numbers of cached downloads: models, and blobs that are small compared to them. */
const CACHED = { large: 2, small: 16 };
const SMALL_BYTES = 16 * 1024 * 1024;

/** The tasks a worker does, and the results the TTP has not yet taken: both outlive a connection. */
export class RunningTasks {
  readonly #options: Options;
  readonly #entries = new Map<string, Entry>();
  /** Downloads by digest: an evaluation often needs the model of the training before it. */
  readonly #large = new LruMap<string, Uint8Array>(CACHED.large);
  readonly #small = new LruMap<string, Uint8Array>(CACHED.small);

  constructor(options: Options) {
    this.#options = options;
  }

  ids(): string[] {
    return [...this.#entries.keys()];
  }

  receive(message: Exclude<TtpMessage, { type: 'welcome' | 'refused' }>): void {
    if (message.type === 'task') this.#options.around(message, () => this.#begin(message));
    else {
      this.#entries.get(message.task)?.controller.abort();
      this.#entries.delete(message.task);
    }
  }

  /** Answers a task that cannot be read. */
  refuse(task: string, reason: string): void {
    if (this.#entries.has(task)) return;
    const outcome: TaskOutcome = {
      ok: false,
      code: 'malformed_task',
      message: `the task is malformed: ${reason}`,
    };
    this.#entries.set(task, { controller: new AbortController(), outcome });
    this.#options.send({ type: 'result', task, outcome });
  }

  /** Results whose acknowledgement did not come before the connection was lost. */
  sendOutcomes(): void {
    for (const [task, { outcome }] of this.#entries)
      if (outcome) this.#options.send({ type: 'result', task, outcome });
  }

  cancelAll(): void {
    for (const { controller } of this.#entries.values()) controller.abort();
    this.#entries.clear();
  }

  #begin(message: TaskMessage): void {
    if (this.#entries.has(message.task)) return this.sendOutcomes();
    const entry: Entry = { controller: new AbortController() };
    this.#entries.set(message.task, entry);
    this.#do(message, entry.controller.signal)
      .then((outcome) => {
        // A result that cannot be sent is a failure of the handler.
        serializeMessage({ type: 'result', task: message.task, outcome });
        return outcome;
      })
      .catch((error: unknown): TaskOutcome => {
        const reason = messageOf(error);
        if (!entry.controller.signal.aborted)
          this.#options.logger.error(
            { task: message.task, kind: message.kind, err: error },
            `task failed: ${reason}`,
          );
        return { ok: false, ...reportOf(error) };
      })
      .then((outcome) => {
        // The TTP no longer waits for it, and learns that this worker is free again.
        if (this.#entries.get(message.task) === entry) entry.outcome = outcome;
        this.#options.send({ type: 'result', task: message.task, outcome });
      })
      .catch((error: unknown) => this.#options.logger.error({ err: error }, 'a result could not be sent'));
  }

  async #do(
    { task: id, kind, payload, tensors: refs }: TaskMessage,
    signal: AbortSignal,
  ): Promise<TaskOutcome> {
    const handler = this.#options.handlers[kind];
    if (handler === undefined)
      throw new DataPlaneError(
        'unknown_kind',
        `this worker does not know '${kind}' tasks, only ${Object.keys(this.#options.handlers).join(', ')}`,
      );
    const tensors: Record<string, Uint8Array> = {};
    for (const [name, ref] of Object.entries(refs)) tensors[name] = await this.#download(ref, signal);
    const progress = (data: Readonly<Record<string, unknown>>) =>
      this.#options.send({ type: 'progress', task: id, data: { ...data } });
    const result = await handler({ id, kind, payload, tensors, signal, progress });
    for (const [name, bytes] of Object.entries(result.tensors ?? {})) {
      const parts = bytes instanceof Uint8Array ? [bytes] : bytes;
      await this.#persistently(signal, () => this.#options.transfers.upload(id, name, parts, signal));
    }
    return { ok: true, payload: result.payload ?? null };
  }

  async #download(ref: TensorsRef, signal: AbortSignal): Promise<Uint8Array> {
    const known = this.#large.get(ref.sha256) ?? this.#small.get(ref.sha256);
    const bytes =
      known ?? (await this.#persistently(signal, () => this.#options.transfers.download(ref, signal)));
    (bytes.length <= SMALL_BYTES ? this.#small : this.#large).set(ref.sha256, bytes);
    return bytes;
  }

  /** Tries a transfer until it succeeds, the TTP refuses it, or the task is cancelled. */
  async #persistently<Result>(signal: AbortSignal, transfer: () => Promise<Result>): Promise<Result> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await transfer();
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof TransferRefused) throw error;
        this.#options.logger.warn({ reason: messageOf(error) }, 'transfer interrupted; retrying');
        await delay(backoffMs(attempt, this.#options.backoff), undefined, { signal });
      }
    }
  }
}
