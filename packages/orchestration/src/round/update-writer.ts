import type { Manifest } from '@synergos/fed-algorithms';
import { UnfitUpdate } from '../errors.js';
import type { Place } from './place.js';
import { writerTo, type OddValue, type PlaceWriter } from './place-writer.js';
import { UpdateBody } from './update-body.js';

const HEADER_LENGTH_BYTES = 8;
const MOST_HEADER_BYTES = 1 << 24;

/** Takes an update's safetensors file, as its bytes come, and brings its values to a place. Throws where it does not fit. */
export class UpdateWriter {
  readonly #manifest: Manifest;
  readonly #writer: PlaceWriter;
  #header = Buffer.alloc(0);
  #body: UpdateBody | undefined;

  constructor(place: Place, manifest: Manifest, isApart: boolean) {
    this.#manifest = manifest;
    this.#writer = writerTo(place, manifest.size, isApart);
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#body !== undefined) return this.#body.write(chunk);
    this.#header = Buffer.concat([this.#header, chunk]);
    const end = headerEnd(this.#header);
    if (end === undefined || this.#header.length < end) return undefined;
    this.#body = new UpdateBody(this.#header.subarray(0, end), this.#manifest, this.#writer);
    return this.#body.write(this.#header.subarray(end));
  }

  /** All has come, and its digest is known to be right: a value that was damaged on its way is sent again. */
  async finish(): Promise<void> {
    if (this.#body === undefined) throw new UnfitUpdate('wrong_length', 'the update ends within its header');
    await this.#body.finish();
    await this.#writer.flush();
    if (this.#writer.oddAt !== undefined) throw notFinite(this.#writer.oddAt, this.#manifest);
  }

  /** Takes nothing more; resolves when the place may serve another update. */
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
