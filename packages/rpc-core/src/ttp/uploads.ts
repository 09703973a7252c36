import type { IncomingMessage, ServerResponse } from 'node:http';
import { codeOf, type Logger, shorten } from '@synergos/contract';
import pLimit from 'p-limit';
import { digestHeaders } from '../protocol/digest.js';
import { UploadRefused } from '../protocol/errors.js';
import { COMPLETE, OFFSET_HEADER } from '../protocol/paths.js';
import { accept, refuse, RequestRefused } from './http-answers.js';
import { InterruptedUploads } from './interrupted-uploads.js';
import { TransferBroken } from './pour.js';
import type { Task } from './task.js';
import { announcementIn, Upload, type Announcement } from './upload.js';

export interface UploadOptions {
  readonly mostBytes: number;
  /** An upload without progress for this time is interrupted. */
  readonly stallMs: number;
  /** Called with the size of each chunk that a sink has taken. */
  readonly onChunkDone: (sizeBytes: number) => void;
  readonly logger: Logger;
}

/** Of every failed sink: sending the same update again does not help. */
const UNPROCESSABLE = 422;
/** Uploads that are read at the same time. Flow control holds back the others, so that their bytes need no memory. */
const MOST_AT_ONCE = 16;

/** The request that uploads a tensor now. */
interface Current {
  readonly task: Task;
  readonly request: IncomingMessage;
  readonly ended: Promise<void>;
}

/** Streams workers' uploads into the sinks of their tasks. */
export class Uploads {
  readonly #options: UploadOptions;
  /** By task and name of the tensors. */
  readonly #current = new Map<string, Current>();
  readonly #interrupted = new InterruptedUploads();
  readonly #turns = pLimit(MOST_AT_ONCE);
  #receivedBytes = 0;

  constructor(options: UploadOptions) {
    this.#options = options;
  }

  /** Since the start, over all workers. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Answers with the position from which the worker resumes an upload. */
  async answerOffset(response: ServerResponse, task: Task, name: string): Promise<void> {
    const key = keyOf(task, name);
    await this.#endCurrent(key);
    const committed = task.committed.get(name);
    const interrupted = this.#interrupted.get(key);
    const digest = committed ?? interrupted?.announced.digest;
    response.writeHead(200, {
      [OFFSET_HEADER]: committed === undefined ? (interrupted?.receivedBytes ?? 0) : COMPLETE,
      ...(digest === undefined ? {} : digestHeaders(digest)),
    });
    response.end();
  }

  /** Receives an upload, or the rest of one, and answers the request. */
  async receive(request: IncomingMessage, response: ServerResponse, task: Task, name: string): Promise<void> {
    try {
      const announced = announcementIn(request.headers, this.#options.mostBytes);
      await this.#endCurrent(keyOf(task, name));
      if (task.over) throw new RequestRefused('unknown_task', 'this task is over');
      // A worker sends it again if the acknowledgement was lost.
      if (task.committed.has(name)) request.resume();
      else await this.#receiveNow(request, task, name, announced);
      accept(response);
    } catch (error) {
      if (error instanceof TransferBroken) return void response.destroy();
      if (!(error instanceof RequestRefused)) throw error;
      request.resume();
      refuse(response, error.code, error.message, error.status);
      // After the answer: the end of the task closes the connections of its uploads.
      if (error.cause instanceof UploadRefused) task.fail(error.cause);
    }
  }

  /** Ends the uploads of a task that is over, and discards its interrupted ones. */
  drop(task: Task): void {
    for (const current of this.#current.values()) if (current.task === task) current.request.destroy();
    this.#interrupted.discardAll(task);
  }

  /** Registers the request as the current one of its tensors while it is received. */
  async #receiveNow(
    request: IncomingMessage,
    task: Task,
    name: string,
    announced: Announcement,
  ): Promise<void> {
    const key = keyOf(task, name);
    const { sizeBytes, digest } = announced;
    const { receive } = task.options;
    if (receive === undefined) throw new RequestRefused('not_expected', 'this task takes no tensors');
    const resumed = this.#interrupted.resume(key, announced);
    let ended: () => void = () => undefined;
    this.#current.set(key, { task, request, ended: new Promise((resolve) => (ended = resolve)) });
    let upload = resumed;
    try {
      upload ??= new Upload(
        task,
        await receive({ participant: task.participant, name, sizeBytes, digest }),
        announced,
      );
      await this.#complete(request, upload, name);
    } catch (error) {
      throw this.#interruptOrRefuse(error, task, upload, key);
    } finally {
      if (this.#current.get(key)?.request === request) this.#current.delete(key);
      ended();
    }
  }

  /** Streams the body into the sink, verifies the digest and commits. */
  async #complete(request: IncomingMessage, upload: Upload, name: string): Promise<void> {
    const { task, sink, announced } = upload;
    await this.#turns(() =>
      upload.receive(request, {
        stallMs: this.#options.stallMs,
        onWritten: (sizeBytes) => {
          this.#receivedBytes += sizeBytes;
          this.#options.onChunkDone(sizeBytes);
        },
      }),
    );
    if (!(await upload.isIntact())) {
      sink.abort(new Error('digest mismatch'));
      throw new RequestRefused(
        'digest_mismatch',
        'the bytes received do not match the announced digest; send them again',
      );
    }
    if (task.over) throw new TransferBroken('the task is over');
    await sink.commit();
    task.committed.set(name, announced.digest);
  }

  /** Stores an interrupted upload; any other error aborts the sink, refuses the upload for good and fails the task. */
  #interruptOrRefuse(error: unknown, task: Task, upload: Upload | undefined, key: string): Error {
    if (error instanceof RequestRefused) return error;
    const reason = error instanceof Error ? error : new Error(String(error));
    if (error instanceof TransferBroken) {
      const { participant, id } = task;
      this.#options.logger.warn({ participant, task: id }, `upload interrupted: ${reason.message}`);
      if (upload !== undefined) this.#interrupted.add(key, upload, reason);
      return error;
    }
    upload?.sink.abort(reason);
    const code = codeOf(error, 'upload_failed');
    const message = shorten(reason.message);
    return new RequestRefused(code, message, {
      status: UNPROCESSABLE,
      cause: new UploadRefused(code, message, { cause: error }),
    });
  }

  /** Ends the request that uploads these tensors: a worker that sends them again has lost that connection. */
  async #endCurrent(key: string): Promise<void> {
    for (let before = this.#current.get(key); before !== undefined; before = this.#current.get(key)) {
      before.request.destroy();
      await before.ended;
    }
  }
}

function keyOf(task: Task, name: string): string {
  return `${task.id}/${name}`;
}
