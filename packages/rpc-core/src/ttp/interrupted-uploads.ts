import { RequestRefused } from './http-answers.js';
import type { Task } from './task.js';
import type { Announcement, Upload } from './upload.js';

/** Interrupted uploads stored per participant. */
const MOST_PER_PARTICIPANT = 4;

/** Uploads whose connection was lost: stored until they are resumed or their task is over. Others are aborted. */
export class InterruptedUploads {
  /** The oldest first. */
  readonly #uploads = new Map<string, Upload>();

  get(key: string): Upload | undefined {
    return this.#uploads.get(key);
  }

  add(key: string, upload: Upload, reason: Error): void {
    const { task, receivedBytes } = upload;
    if (task.over || receivedBytes === 0) return upload.sink.abort(reason);
    this.#uploads.set(key, upload);
    const sameParticipant = [...this.#uploads].filter(
      ([, { task: other }]) => other.participant === task.participant,
    );
    for (const [oldKey] of sameParticipant.slice(0, -MOST_PER_PARTICIPANT))
      this.#discard(oldKey, 'too many interrupted uploads');
  }

  /**
   * Removes and returns the upload that a request continues; `undefined` for a request that starts at byte 0. Throws
   * `RequestRefused` if there is no upload at the request's offset.
   */
  resume(key: string, announced: Announcement): Upload | undefined {
    if (announced.offset === 0) {
      this.#discard(key, 'the upload starts again');
      return undefined;
    }
    const upload = this.#uploads.get(key);
    if (upload?.isContinuedBy(announced) !== true)
      throw new RequestRefused(
        'wrong_offset',
        `no upload continues at byte ${announced.offset}; request the offset with HEAD`,
      );
    this.#uploads.delete(key);
    return upload;
  }

  discardAll(task: Task): void {
    for (const [key, upload] of this.#uploads)
      if (upload.task === task) this.#discard(key, 'the task is over');
  }

  #discard(key: string, reason: string): void {
    this.#uploads.get(key)?.sink.abort(new Error(reason));
    this.#uploads.delete(key);
  }
}
