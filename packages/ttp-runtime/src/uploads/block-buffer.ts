import { copyBytes } from './copy-bytes.js';

export interface BlockBufferOptions {
  readonly makeBlock: () => Buffer;
  /** Most blocks in use. */
  readonly mostBlocks: number;
  /** Called in order. The bytes belong to the callee until it resolves. */
  readonly handOver: (bytes: Buffer) => Promise<void>;
}

/**
 * Collects the small chunks of a socket into blocks. While some blocks are being processed, others are filled, so that the
 * sender does not wait for each of them.
 */
export class BlockBuffer {
  readonly #options: BlockBufferOptions;
  #filling: Buffer | undefined;
  #filledBytes = 0;
  #spare: Buffer[] = [];
  /** Blocks handed over, oldest first. One that failed stays. */
  readonly #pending = new Map<Buffer, Promise<void>>();

  constructor(options: BlockBufferOptions) {
    this.#options = options;
  }

  /** Returns a promise only if the caller has to wait: a gigabyte arrives in many thousand pieces. */
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

  /** Whether no bytes wait for their block to fill up. */
  get isEmpty(): boolean {
    return this.#filling === undefined;
  }

  /** Hands over the rest and waits for all blocks; rejects with the first failure. */
  async flush(): Promise<void> {
    if (this.#filling !== undefined) this.#handOver(this.#filling);
    for (const result of await Promise.allSettled(this.#pending.values()))
      if (result.status === 'rejected') throw result.reason;
  }

  /** Releases the memory. */
  clear(): void {
    [this.#filling, this.#filledBytes, this.#spare] = [undefined, 0, []];
  }

  get #oldest(): Promise<void> {
    return this.#pending.values().next().value ?? Promise.resolve();
  }

  /** Undefined if the caller has to wait for one. */
  #nextBlock(): Buffer | undefined {
    const spare = this.#spare.pop();
    return spare ?? (this.#pending.size < this.#options.mostBlocks ? this.#options.makeBlock() : undefined);
  }

  #handOver(block: Buffer): void {
    const work = this.#options.handOver(block.subarray(0, this.#filledBytes));
    const done = (async () => {
      await work;
      this.#pending.delete(block);
      this.#spare.push(block);
    })();
    // Handled by the caller that needs a block, or waits for all.
    done.catch(() => undefined);
    this.#pending.set(block, done);
    [this.#filling, this.#filledBytes] = [undefined, 0];
  }
}
