import type { Manifest } from '@synergos/fed-algorithms';
// Subpaths: threads that only receive uploads load as little as possible.
import { codecOf, type Decoder } from '@synergos/fed-algorithms/compression';
import { dtypes, parseSafetensorsHeader } from '@synergos/rpc-core/safetensors';
import { BYTES_PER_VALUE, UnfitUpdate, bytesOf } from '@synergos/orchestration/upload-port';
import type { SlotWriter } from './slot-writer.js';

/** An update's data section: decodes its bytes as they arrive, and writes them as float32 values. */
export class UpdateBody {
  readonly #writer: SlotWriter;
  readonly #sizeBytes: number;
  readonly #decoder: Decoder | undefined;
  readonly #dataBytes: number;
  #receivedBytes = 0;
  #writtenBytes = 0;
  /** The first bytes of an incomplete unit. */
  #begun: Uint8Array = new Uint8Array(0);

  /** `header`: the file's first bytes, up to the data. Throws if it does not fit the model. */
  constructor(header: Uint8Array, manifest: Manifest, writer: SlotWriter) {
    const { tensors, metadata, dataBytes } = parseSafetensorsHeader(header, dtypes);
    const codec = codecOf({ tensors, metadata });
    const decoder = codec.decoder({ tensors, metadata }, manifest);
    this.#writer = writer;
    this.#sizeBytes = manifest.size * BYTES_PER_VALUE;
    this.#dataBytes = dataBytes;
    if (codec.name !== 'none') this.#decoder = decoder;
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    this.#receivedBytes += bytes.length;
    if (this.#receivedBytes > this.#dataBytes)
      throw new UnfitUpdate(
        'wrong_length',
        `the update is longer than the ${this.#dataBytes} bytes it announces`,
      );
    return this.#decoder === undefined ? this.#put(bytes) : this.#decode(this.#decoder, bytes);
  }

  async #decode(decoder: Decoder, bytes: Uint8Array): Promise<void> {
    const all = this.#begun.length === 0 ? bytes : Buffer.concat([this.#begun, bytes]);
    const whole = all.length - (all.length % decoder.unitBytes);
    this.#begun = Uint8Array.from(all.subarray(whole));
    for (const values of decoder.decode(all.subarray(0, whole))) await this.#put(bytesOf(values));
  }

  /** Checks that the data is complete. */
  async finish(): Promise<void> {
    if (this.#receivedBytes !== this.#dataBytes)
      throw new UnfitUpdate(
        'wrong_length',
        `the update has ${this.#receivedBytes} bytes of data, its header announces ${this.#dataBytes}`,
      );
    for (const values of this.#decoder?.finish() ?? []) await this.#put(bytesOf(values));
    if (this.#writtenBytes !== this.#sizeBytes)
      throw new UnfitUpdate('wrong_length', `the update has ${this.#writtenBytes / BYTES_PER_VALUE} values`);
  }

  #put(bytes: Uint8Array): Promise<void> | undefined {
    this.#writtenBytes += bytes.length;
    return this.#writer.write(bytes);
  }
}
