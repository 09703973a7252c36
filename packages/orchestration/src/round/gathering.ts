import { copyBytes } from './copy-bytes.js';

export interface GatheringOptions {
  readonly makeBlock: () => Buffer;
  /** So many blocks at most. */
  readonly mostBlocks: number;
  /** Called in order; the bytes, a block's first ones, are its own until it resolves. */
  readonly handOver: (bytes: Buffer) => Promise<void>;
}

/**
 * Gathers what comes into blocks, for the chunks of a socket are small. While some are being worked on, others are filled:
 * the sender need not keep step with each one.
 */
export class Gathering {
  readonly #options: GatheringOptions;
  #filling: Buffer | undefined;
  #filledBytes = 0;
  #spare: Buffer[] = [];
  /** Of the blocks handed over, oldest first. One that failed stays. */
  readonly #underWay = new Map<Buffer, Promise<void>>();

  constructor(options: GatheringOptions) {
    this.#options = options;
  }

  /** A promise only where there is something to wait for: a gigabyte comes in many thousand pieces. */
  write(bytes: Uint8Array): Promise<void> | undefined {
    for (let rest = bytes; rest.length > 0;) {
      const block = (this.#filling ??= this.#nextBlock());
      if (block === undefined) return this.#oldest.then(() => this.write(rest));
      const part = rest.subarray(0, block.length - this.#filledBytes);
      copyBytes(block, part, this.#filledBytes);
      this.#filledBytes += part.length;
      rest = rest.subarray(part.length);
      if (this.#filledBytes === block.length) this.#handOver(block);
    }
    return undefined;
  }

  /** Whether nothing waits for its block to be full. */
  get isEmpty(): boolean {
    return this.#filling === undefined;
  }

  /** Hands over what there is, and resolves when nothing is worked on any more; rejects with the first failure. */
  async flush(): Promise<void> {
    if (this.#filling !== undefined) this.#handOver(this.#filling);
    for (const result of await Promise.allSettled(this.#underWay.values()))
      if (result.status === 'rejected') throw result.reason;
  }

  /** Gives its memory back. */
  clear(): void {
    [this.#filling, this.#filledBytes, this.#spare] = [undefined, 0, []];
  }

  get #oldest(): Promise<void> {
    return this.#underWay.values().next().value ?? Promise.resolve();
  }

  /** Undefined where one has to be waited for. */
  #nextBlock(): Buffer | undefined {
    const spare = this.#spare.pop();
    return spare ?? (this.#underWay.size < this.#options.mostBlocks ? this.#options.makeBlock() : undefined);
  }

  #handOver(block: Buffer): void {
    const work = this.#options.handOver(block.subarray(0, this.#filledBytes));
    const done = (async () => {
      await work;
      this.#underWay.delete(block);
      this.#spare.push(block);
    })();
    // Seen by whoever needs a block, or waits for all.
    done.catch(() => undefined);
    this.#underWay.set(block, done);
    [this.#filling, this.#filledBytes] = [undefined, 0];
  }
}
