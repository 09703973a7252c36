import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Logger, shorten } from '@synergos/contract';
import pLimit from 'p-limit';
import {
  beginDigest,
  digestHeaders,
  digestIn,
  sameDigest,
  type Digest,
  type RunningDigest,
} from '../protocol/digest.js';
import { UploadRefused, codeOf } from '../protocol/errors.js';
import { COMPLETE, OFFSET_HEADER, SHA256_HEADER, CRC32_HEADER } from '../protocol/paths.js';
import { chunkDone } from './chunk-garbage.js';
import { accept, refuse } from './http-answers.js';
import { pour, TransferBroken } from './pour.js';
import type { Task, TensorsSink } from './task.js';

export interface UploadOptions {
  readonly mostBytes: number;
  /** An upload without any progress for so long is given up. */
  readonly stallMs: number;
  readonly logger: Logger;
}

/** So many are read at one time: what is read needs memory until it is where it belongs. */
const MOST_AT_ONCE = 16;
/** Uploads that broke off are kept, so many of each participant, until their tasks are over. */
const MOST_KEPT = 4;

/** One that may take several requests: what came so far is in the sink and in the running digest. */
interface Upload {
  readonly task: Task;
  readonly sink: TensorsSink;
  /** Undefined where the sink reckons it. */
  readonly running: RunningDigest | undefined;
  readonly sizeBytes: number;
  /** What was announced. */
  readonly digest: Digest;
  receivedBytes: number;
}

/** Streams workers' uploads into the sinks of their tasks. */
export class Uploads {
  readonly #options: UploadOptions;
  /** What currently uploads a task's tensors, by task and name. */
  readonly #current = new Map<string, Current>();
  /** What broke off, oldest first. */
  readonly #kept = new Map<string, Upload>();
  readonly #turns = pLimit(MOST_AT_ONCE);
  #receivedBytes = 0;

  constructor(options: UploadOptions) {
    this.#options = options;
  }

  /** Since the start, over all workers. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Tells from where an upload goes on. */
  async tellOffset(response: ServerResponse, task: Task, name: string): Promise<void> {
    const key = `${task.id}/${name}`;
    await this.#endCurrent(key);
    const committed = task.committed.get(name);
    const kept = this.#kept.get(key);
    const digest = committed ?? kept?.digest;
    response.writeHead(200, {
      [OFFSET_HEADER]: committed === undefined ? (kept?.receivedBytes ?? 0) : COMPLETE,
      ...(digest === undefined ? {} : digestHeaders(digest)),
    });
    response.end();
  }

  async receive(request: IncomingMessage, response: ServerResponse, task: Task, name: string): Promise<void> {
    const lengthBytes = Number(request.headers['content-length']);
    const offset = Number(request.headers[OFFSET_HEADER] ?? 0);
    const sizeBytes = offset + lengthBytes;
    const digest = digestIn(request.headers);
    if (!Number.isSafeInteger(lengthBytes) || lengthBytes < 0)
      return refuse(response, 411, 'length_required', 'an upload needs a content-length');
    if (!Number.isSafeInteger(sizeBytes) || offset < 0)
      return refuse(response, 400, 'bad_offset', `${OFFSET_HEADER}: expected a number of bytes`);
    if (digest === undefined)
      return refuse(
        response,
        400,
        'digest_required',
        `an upload needs its SHA-256 in ${SHA256_HEADER} or its CRC-32 in ${CRC32_HEADER}`,
      );
    if (sizeBytes > this.#options.mostBytes)
      return refuse(
        response,
        413,
        'too_large',
        `${sizeBytes} bytes; at most ${this.#options.mostBytes} are taken`,
      );
    const key = `${task.id}/${name}`;
    await this.#endCurrent(key);
    if (task.over) return refuse(response, 410, 'unknown_task', 'this task is over');
    if (task.committed.has(name)) {
      // Its acknowledgement was lost: once is enough.
      request.resume();
      return accept(response);
    }
    const { receive } = task.options;
    if (receive === undefined) return refuse(response, 409, 'not_expected', 'this task takes no tensors');
    const resumed = this.#takeKept(key, { offset, sizeBytes, digest });
    if (resumed === undefined && offset > 0) {
      request.resume();
      return refuse(response, 409, 'wrong_offset', `nothing goes on from byte ${offset}; ask for the offset`);
    }

    let ended: () => void = () => undefined;
    this.#current.set(key, { task, request, ended: new Promise((resolve) => (ended = resolve)) });
    let upload = resumed;
    try {
      const sink =
        resumed?.sink ?? (await receive({ participant: task.participant, name, sizeBytes, digest }));
      upload ??= {
        task,
        sink,
        running: sink.digest === undefined ? beginDigest(digest.algorithm) : undefined,
        sizeBytes,
        digest,
        receivedBytes: 0,
      };
      // Those that wait are held back by flow control: nobody reads them.
      const begun = upload;
      await this.#turns(() => this.#stream(request, begun));
      if (!sameDigest(upload.running?.finish() ?? (await sink.digest?.()), digest)) {
        upload.sink.abort(new Error('digest mismatch'));
        const message = 'the bytes that came are not the ones announced; send them again';
        return refuse(response, 400, 'digest_mismatch', message);
      }
      if (task.over) throw new TransferBroken('the task is over');
      await upload.sink.commit();
      task.committed.set(name, digest);
      accept(response);
    } catch (error) {
      const reason = error instanceof Error ? error : new Error(String(error));
      if (error instanceof TransferBroken) {
        const { participant } = task;
        this.#options.logger.warn({ participant, task: task.id }, `an upload broke off: ${reason.message}`);
        if (upload !== undefined) this.#keep(key, upload, reason);
        response.destroy();
        return;
      }
      upload?.sink.abort(reason);
      request.resume();
      const code = codeOf(error, 'upload_failed');
      const message = shorten(reason.message);
      refuse(response, 422, code, message);
      this.#current.delete(key);
      task.fail(new UploadRefused(code, message, { cause: error }));
    } finally {
      if (this.#current.get(key)?.request === request) this.#current.delete(key);
      ended();
    }
  }

  /** Breaks off what is still uploaded for a task that is over, and forgets what was kept of it. */
  drop(task: Task): void {
    for (const current of this.#current.values()) if (current.task === task) current.request.destroy();
    for (const [key, upload] of this.#kept) if (upload.task === task) this.#forget(key, 'the task is over');
  }

  /** All that comes until the upload is complete. Throws `TransferBroken`, or what the sink throws. */
  async #stream(request: IncomingMessage, upload: Upload): Promise<void> {
    request.setTimeout(this.#options.stallMs, () => request.destroy(new Error('no progress')));
    const count = ({ length }: Buffer) => {
      upload.receivedBytes += length;
      chunkDone(length);
    };
    await pour(request, (chunk) => {
      this.#receivedBytes += chunk.length;
      upload.running?.update(chunk);
      const writing = upload.sink.write(chunk);
      if (writing instanceof Promise) return writing.then(() => count(chunk));
      count(chunk);
      return undefined;
    });
    request.setTimeout(0);
    if (upload.receivedBytes !== upload.sizeBytes)
      throw new TransferBroken(`${upload.receivedBytes} of ${upload.sizeBytes} bytes came`);
  }

  /** A new attempt of a worker that lost its connection: the old one is half-open at best. */
  async #endCurrent(key: string): Promise<void> {
    for (let before = this.#current.get(key); before !== undefined; before = this.#current.get(key)) {
      before.request.destroy();
      await before.ended;
    }
  }

  #keep(key: string, upload: Upload, reason: Error): void {
    const { task, receivedBytes } = upload;
    if (task.over || receivedBytes === 0) return upload.sink.abort(reason);
    this.#kept.set(key, upload);
    const ofParticipant = [...this.#kept].filter(
      ([
        ,
        {
          task: { participant },
        },
      ]) => participant === task.participant,
    );
    for (const [old] of ofParticipant.slice(0, -MOST_KEPT)) this.#forget(old, 'too many uploads broke off');
  }

  /** The upload that broke off there; any other of this name is not gone on with. */
  #takeKept(
    key: string,
    { offset, sizeBytes, digest }: { offset: number; sizeBytes: number; digest: Digest },
  ): Upload | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    if (
      offset > 0 &&
      kept.receivedBytes === offset &&
      kept.sizeBytes === sizeBytes &&
      sameDigest(kept.digest, digest)
    ) {
      this.#kept.delete(key);
      return kept;
    }
    if (offset === 0) this.#forget(key, 'it is sent anew');
    return undefined;
  }

  #forget(key: string, why: string): void {
    this.#kept.get(key)?.sink.abort(new Error(why));
    this.#kept.delete(key);
  }
}

interface Current {
  readonly task: Task;
  readonly request: IncomingMessage;
  readonly ended: Promise<void>;
}
