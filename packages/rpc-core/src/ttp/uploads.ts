import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../logger.js';
import { UploadRefused, codeOf, messageOf } from '../protocol/errors.js';
import { SHA256_HEADER } from '../protocol/paths.js';
import { accept, refuse } from './http-answers.js';
import type { Task, TensorsSink } from './task.js';

export interface UploadOptions {
  readonly mostBytes: number;
  /** An upload without any progress for so long is given up. */
  readonly stallMs: number;
  readonly logger: Logger;
}

/** Streams workers' uploads into the sinks of their tasks. */
export class Uploads {
  readonly #options: UploadOptions;
  /** What currently uploads a task's tensors, by task and name. */
  readonly #current = new Map<string, Current>();
  #receivedBytes = 0;

  constructor(options: UploadOptions) {
    this.#options = options;
  }

  /** Since the start, over all workers. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  async receive(request: IncomingMessage, response: ServerResponse, task: Task, name: string): Promise<void> {
    const sizeBytes = Number(request.headers['content-length']);
    const sha256 = request.headers[SHA256_HEADER];
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0)
      return refuse(response, 411, 'length_required', 'an upload needs a content-length');
    if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256))
      return refuse(response, 400, 'digest_required', `an upload needs its SHA-256 in ${SHA256_HEADER}`);
    if (sizeBytes > this.#options.mostBytes)
      return refuse(
        response,
        413,
        'too_large',
        `${sizeBytes} bytes; at most ${this.#options.mostBytes} are taken`,
      );
    // A new attempt of a worker that lost its connection: the old one is half-open at best.
    const key = `${task.id}/${name}`;
    for (let before = this.#current.get(key); before !== undefined; before = this.#current.get(key)) {
      before.request.destroy();
      await before.ended;
    }
    if (task.over) return refuse(response, 410, 'unknown_task', 'this task is over');
    if (task.committed.has(name)) {
      // Its acknowledgement was lost: once is enough.
      request.resume();
      return accept(response);
    }
    const { receive } = task.options;
    if (receive === undefined) return refuse(response, 409, 'not_expected', 'this task takes no tensors');

    let ended: () => void = () => undefined;
    this.#current.set(key, { task, request, ended: new Promise((resolve) => (ended = resolve)) });
    let sink: TensorsSink | undefined;
    try {
      sink = await receive({ participant: task.participant, name, sizeBytes, sha256 });
      if (!(await this.#stream(request, response, sink, { sizeBytes, sha256 }))) return;
      if (task.over) throw new TransferBroken('the task is over');
      await sink.commit();
      task.committed.add(name);
      accept(response);
    } catch (error) {
      const reason = error instanceof Error ? error : new Error(String(error));
      sink?.abort(reason);
      if (error instanceof TransferBroken) {
        const { participant } = task;
        this.#options.logger.warn({ participant, task: task.id }, `an upload broke off: ${reason.message}`);
        response.destroy();
        return;
      }
      request.resume();
      const code = codeOf(error, 'upload_failed');
      refuse(response, 422, code, reason.message);
      this.#current.delete(key);
      task.fail(new UploadRefused(code, reason.message, { cause: error }));
    } finally {
      if (this.#current.get(key)?.request === request) this.#current.delete(key);
      ended();
    }
  }

  /** Breaks off what is still uploaded for a task that is over. */
  drop(task: Task): void {
    for (const current of this.#current.values()) if (current.task === task) current.request.destroy();
  }

  /** True if all bytes came and are the ones announced; otherwise answered already, and the worker tries again. */
  async #stream(
    request: IncomingMessage,
    response: ServerResponse,
    sink: TensorsSink,
    { sizeBytes, sha256 }: { sizeBytes: number; sha256: string },
  ): Promise<boolean> {
    const hash = createHash('sha256');
    let received = 0;
    request.setTimeout(this.#options.stallMs, () => request.destroy(new Error('no progress')));
    const chunks = request[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    for (;;) {
      const next = await chunks.next().catch((error: unknown) => {
        throw new TransferBroken(messageOf(error));
      });
      if (next.done === true) break;
      received += next.value.length;
      this.#receivedBytes += next.value.length;
      hash.update(next.value);
      await sink.write(next.value);
    }
    request.setTimeout(0);
    if (received !== sizeBytes) throw new TransferBroken(`${received} of ${sizeBytes} bytes came`);
    if (hash.digest('hex') === sha256) return true;
    sink.abort(new Error('digest mismatch'));
    refuse(
      response,
      400,
      'digest_mismatch',
      'the bytes that came are not the ones announced; send them again',
    );
    return false;
  }
}

interface Current {
  readonly task: Task;
  readonly request: IncomingMessage;
  readonly ended: Promise<void>;
}

class TransferBroken extends Error {}
