import { parseBoundedJson, STORED_JSON } from '@synergos/contract';
import { randomUUID } from 'node:crypto';
import {
  appendFile,
  constants,
  copyFile,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactContent } from '../stores/artifact-store.js';
import { entrySchema, headSchema, type Entry, type Head } from './outbox-entries.js';

const PORTION_BYTES = 256 * 1024;
const LINE_END = 0x0a;

/** A waiting entry, and the position in the file after it. */
export interface Waiting {
  readonly entry: Entry;
  readonly endBytes: number;
}

/**
 * Tracking entries of one run, in its own folder: lines in the order of events, the number of bytes sent, and the
 * artifacts' files. A killed process loses no appended entry.
 */
export class Outbox {
  readonly #folder: string;
  readonly #keys: Set<string>;
  #sizeBytes: number;
  #sentBytes: number;
  #removed = false;
  /** Serialises writes. */
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(
    folder: string,
    /** Name of the folder: the job that writes the entries. */
    readonly name: string,
    readonly head: Head,
    state: { readonly keys: Set<string>; readonly sizeBytes: number; readonly sentBytes: number },
  ) {
    this.#folder = folder;
    this.#keys = state.keys;
    this.#sizeBytes = state.sizeBytes;
    this.#sentBytes = state.sentBytes;
  }

  /** Opens the outbox of this name, or creates it. */
  static async open(directory: string, name: string, head: Head): Promise<Outbox> {
    const folder = join(directory, name);
    const known = await read(folder);
    if (known !== undefined) return new Outbox(folder, name, known.head, known);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const line = `${JSON.stringify(head)}\n`;
    await writeFile(linesOf(folder), line);
    const sizeBytes = Buffer.byteLength(line);
    return new Outbox(folder, name, head, { keys: new Set(), sizeBytes, sentBytes: sizeBytes });
  }

  /**
   * Opens all outboxes of an earlier process, the oldest run first. Passes an invalid folder to `onOdd` and leaves it
   * unchanged.
   */
  static async openAll(
    directory: string,
    onOdd: (folder: string, error: unknown) => void,
  ): Promise<readonly Outbox[]> {
    const found: Outbox[] = [];
    for (const name of await readdir(directory).catch(() => [])) {
      const folder = join(directory, name);
      try {
        const known = await read(folder);
        if (known === undefined) await rm(folder, { recursive: true, force: true });
        else found.push(new Outbox(folder, name, known.head, known));
      } catch (error) {
        onOdd(folder, error);
      }
    }
    return found.sort((a, b) => a.head.run.startedMs - b.head.run.startedMs);
  }

  /** Fields for log records. */
  get ids(): {
    readonly job: string;
    readonly collab: string;
    readonly experiment: string;
    readonly run: string;
  } {
    const { collab, run } = this.head;
    return { job: this.name, collab, experiment: run.experiment, run: run.name };
  }

  /** Whether the entries include the run's end; later entries are ignored. */
  get isOver(): boolean {
    return this.#keys.has('end');
  }

  /** Size of the file. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Whether an entry before `endBytes` waits to be sent. */
  hasWaiting(endBytes: number): boolean {
    return !this.#removed && this.#sentBytes < endBytes;
  }

  /** Stores an entry. An entry whose key exists is ignored: a repeated round writes it again. */
  append(entry: Entry): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#removed || this.isOver || this.#keys.has(entry.key)) return;
      const line = `${JSON.stringify(entry)}\n`;
      await appendFile(linesOf(this.#folder), line);
      this.#keys.add(entry.key);
      this.#sizeBytes += Buffer.byteLength(line);
    });
  }

  /** Copies an artifact as it is now: later changes do not affect the copy. */
  appendFile(name: string, read: () => Promise<ArtifactContent | undefined>): Promise<void> {
    const kept = join(this.#folder, `file-${randomUUID()}`);
    const key = `artifact:${name}`;
    const keep = this.#inTurn(async () => {
      if (this.#removed || this.isOver || this.#keys.has(key)) return;
      const content = await read();
      if (content === undefined) throw new Error(`there is no artifact for ${name}`);
      if (typeof content === 'object' && 'file' in content)
        await link(content.file, kept).catch(() => copyFile(content.file, kept, constants.COPYFILE_FICLONE));
      else await writeFile(kept, content);
    });
    return keep.then(() => this.append({ type: 'artifact', key, name, file: kept }));
  }

  /** Reads the next waiting entries, up to a portion. */
  async waiting(): Promise<readonly Waiting[]> {
    const start = this.#sentBytes;
    const file = await open(linesOf(this.#folder), 'r');
    try {
      for (let length = PORTION_BYTES; ; length *= 2) {
        const bytes = Buffer.allocUnsafe(Math.min(length, this.#sizeBytes - start));
        const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
        const found: Waiting[] = [];
        for (let from = 0; ;) {
          const end = bytes.subarray(0, bytesRead).indexOf(LINE_END, from) + 1;
          if (end === 0) break;
          const entry = entrySchema.parse(parseBoundedJson(bytes.subarray(from, end), STORED_JSON));
          found.push({ entry, endBytes: start + end });
          from = end;
        }
        if (found.length > 0 || length >= this.#sizeBytes - start) return found;
      }
    } finally {
      await file.close();
    }
  }

  /** Marks all entries before `endBytes` as sent; they are not returned again. */
  async sent(endBytes: number): Promise<void> {
    this.#sentBytes = endBytes;
    const temporary = join(this.#folder, '.sent');
    await writeFile(temporary, String(endBytes));
    await rename(temporary, sentOf(this.#folder));
  }

  /** Removes the outbox; later entries are ignored. */
  remove(): Promise<void> {
    return this.#inTurn(async () => {
      this.#removed = true;
      // The lines are removed first: a folder without them has nothing to send.
      await rm(linesOf(this.#folder), { force: true });
      await rm(this.#folder, { recursive: true, force: true });
    });
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#writing.then(work);
    this.#writing = turn.catch(() => undefined);
    await turn;
  }
}

async function read(folder: string) {
  const bytes = await readFile(linesOf(folder)).catch(unlessMissing);
  if (bytes === undefined) return undefined;
  const sizeBytes = bytes.lastIndexOf(LINE_END) + 1;
  if (sizeBytes === 0) return undefined;
  // A process died in the middle of its last line.
  if (sizeBytes < bytes.length) await truncate(linesOf(folder), sizeBytes);
  const [first = '', ...lines] = bytes.toString('utf8', 0, sizeBytes - 1).split('\n');
  const sent = await readFile(sentOf(folder), 'utf8').catch(unlessMissing);
  return {
    head: headSchema.parse(parseBoundedJson(first, STORED_JSON)),
    keys: new Set(lines.map((line) => entrySchema.parse(parseBoundedJson(line, STORED_JSON)).key)),
    sizeBytes,
    sentBytes: Math.max(Buffer.byteLength(first) + 1, Math.min(Number(sent ?? 0), sizeBytes)),
  };
}

const linesOf = (folder: string) => join(folder, 'entries.jsonl');
const sentOf = (folder: string) => join(folder, 'sent');

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
