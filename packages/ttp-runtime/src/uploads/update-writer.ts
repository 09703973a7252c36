import type { Manifest } from '@synergos/fed-algorithms';
import { UnfitUpdate, type UploadSlot } from '@synergos/orchestration/upload-port';
import { writerTo, type OddValue, type SlotWriter } from './slot-writer.js';
import { UpdateBody } from './update-body.js';

const HEADER_LENGTH_BYTES = 8;
const MOST_HEADER_BYTES = 1 << 24;

/** Parses an update's safetensors file as its bytes arrive, and writes its values to a slot. Throws if it does not fit the model. */
export class UpdateWriter {
  readonly #manifest: Manifest;
  readonly #writer: SlotWriter;
  #header = Buffer.alloc(0);
  #body: UpdateBody | undefined;

  constructor(slot: UploadSlot, manifest: Manifest, isApart: boolean) {
    this.#manifest = manifest;
    this.#writer = writerTo(slot, manifest.size, isApart);
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#body !== undefined) return this.#body.write(chunk);
    this.#header = Buffer.concat([this.#header, chunk]);
    const end = headerEnd(this.#header);
    if (end === undefined || this.#header.length < end) return undefined;
    this.#body = new UpdateBody(this.#header.subarray(0, end), this.#manifest, this.#writer);
    return this.#body.write(this.#header.subarray(end));
  }

  /** Call it after the digest was checked: values damaged in transit are sent again. */
  async finish(): Promise<void> {
    if (this.#body === undefined) throw new UnfitUpdate('wrong_length', 'the update ends within its header');
    await this.#body.finish();
    await this.#writer.flush();
    if (this.#writer.oddAt !== undefined) throw notFinite(this.#writer.oddAt, this.#manifest);
  }

  /** Accepts nothing more; resolves when the slot may be used again. */
  retire(): Promise<void> {
    return this.#writer.retire();
  }
}

function notFinite({ index, value }: OddValue, manifest: Manifest): UnfitUpdate {
  const tensor = manifest.tensors.find(({ offset, size }) => index >= offset && index < offset + size);
  const position = index - (tensor?.offset ?? 0);
  return new UnfitUpdate(
    'not_finite',
    `tensor '${tensor?.name}' of the update holds ${value} at position ${position}`,
  );
}

function headerEnd(bytes: Buffer): number | undefined {
  if (bytes.length < HEADER_LENGTH_BYTES) return undefined;
  const length = Number(bytes.readBigUInt64LE(0));
  if (length > MOST_HEADER_BYTES)
    throw new UnfitUpdate(
      'wrong_shape',
      `the update's header has ${length} bytes; at most ${MOST_HEADER_BYTES} are read`,
    );
  return HEADER_LENGTH_BYTES + length;
}
