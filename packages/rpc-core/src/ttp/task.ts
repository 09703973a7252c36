import { AsyncResource } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { DataPlaneError, DeadlinePassed } from '../protocol/errors.js';
import type { Digest } from '../protocol/digest.js';
import type { TaskMessage, TensorsRef } from '../protocol/messages.js';

/** Work for one participant: a kind, a JSON payload, and tensors by reference. */
export interface TaskRequest {
  readonly kind: string;
  readonly payload: unknown;
  readonly tensors?: Readonly<Record<string, TensorsRef>>;
}

export interface IncomingTensors {
  readonly participant: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly digest: Digest;
}

/**
 * Receives an upload: chunks in order, then `commit` after length and digest are verified, or `abort`. An error from
 * `write` or `commit` refuses the upload for good and ends the task; an aborted upload may be retried with a new sink.
 */
export interface TensorsSink {
  write(chunk: Uint8Array): Promise<void> | void;
  /** The digest of all written chunks, if the sink computes it in its own thread. Called once, before `commit`. */
  digest?(): Promise<Digest>;
  commit(): Promise<void> | void;
  abort(reason: Error): void;
}

export interface RequestOptions {
  /** Default one hour. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  /** Called for every upload that belongs to the task. Without it uploads are refused. */
  readonly receive?: (incoming: IncomingTensors) => TensorsSink | Promise<TensorsSink>;
  readonly onProgress?: (data: Readonly<Record<string, unknown>>) => void;
}

export interface TaskReply {
  readonly payload: unknown;
}

const DEFAULT_DEADLINE_MS = 3_600_000;

/** A pending task: survives disconnections until its result, its deadline, or its cancellation. */
export class Task {
  readonly id = randomUUID();
  readonly participant: string;
  readonly request: TaskRequest;
  readonly options: RequestOptions;
  readonly reply: Promise<TaskReply>;
  /** Digests of the tensors that were received and committed, by name. */
  readonly committed = new Map<string, Digest>();
  #resolve: (reply: TaskReply) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #over = false;
  readonly #asked = new AsyncResource('Task');
  readonly #release: () => void;
  readonly #onOver: (task: Task, error: unknown) => void;

  constructor(
    participant: string,
    request: TaskRequest,
    options: RequestOptions,
    onOver: (task: Task, error: unknown) => void,
  ) {
    this.participant = participant;
    this.request = request;
    this.options = options;
    this.#onOver = onOver;
    this.reply = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS;
    const what = `the '${request.kind}' task of ${participant}`;
    const timer = setTimeout(() => this.fail(new DeadlinePassed(what, deadlineMs)), deadlineMs);
    const { signal } = options;
    const abort = () => this.fail(signal?.reason ?? new DataPlaneError('cancelled', `${what} was cancelled`));
    signal?.addEventListener('abort', abort, { once: true });
    this.#release = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    if (signal?.aborted) queueMicrotask(abort);
  }

  get message(): TaskMessage {
    const { kind, payload, tensors = {} } = this.request;
    return { type: 'task', task: this.id, kind, payload: payload ?? null, tensors: { ...tensors } };
  }

  get over(): boolean {
    return this.#over;
  }

  /** Calls `work` in the async context of the request for the task, so that its logs carry the ids of the request. */
  within<Result>(work: () => Result): Result {
    return this.#asked.runInAsyncScope(work);
  }

  complete(payload: unknown): void {
    if (this.#end(undefined)) this.#resolve({ payload });
  }

  fail(error: unknown): void {
    if (this.#end(error)) this.#reject(error);
  }

  #end(error: unknown): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#release();
    this.#onOver(this, error);
    return true;
  }
}
