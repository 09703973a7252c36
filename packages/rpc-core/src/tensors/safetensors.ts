import { explainIssues, OutOfBounds, parseBoundedJson, shorten } from '@synergos/contract';
import { z } from 'zod';
import { MalformedTensors } from '../protocol/errors.js';

/**
 * The safetensors format: 8 bytes little-endian header length, a JSON header, then the tensors' bytes. Written here
 * with tensors that lie one after the other in the given order, so that the data section is one flat vector.
 */
export interface TensorInfo {
  readonly name: string;
  readonly shape: readonly number[];
  /** Default `F32`. */
  readonly dtype?: Dtype;
}

export type Dtype = keyof typeof dtypeBytes;
const dtypeBytes = { F32: 4, F16: 2, BF16: 2, I8: 1, U32: 4 } as const;
const onlyFloat32: readonly Dtype[] = ['F32'];
export const dtypes = Object.keys(dtypeBytes) as Dtype[];

export interface SafetensorsHeader {
  /** In the order of their data. */
  readonly tensors: readonly Required<TensorInfo>[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the data section begins, in bytes. */
  readonly dataOffset: number;
  /** Length of the data section, in bytes. */
  readonly dataBytes: number;
}

const LENGTH_BYTES = 8;
const ALIGNMENT = 8;
const BYTES_PER_VALUE = 4;
/** Bounds of a header that comes from another machine, far above what models need. */
export const MOST_HEADER_BYTES = 8 * 1024 * 1024;
export const MOST_TENSORS = 20_000;
const MOST_METADATA = 1000;
const MOST_DIMENSIONS = 32;
const LONGEST_NAME = 1000;
const headerBounds = { bytes: MOST_HEADER_BYTES, depth: 3, values: 1_000_000 };

const entrySchema = z.object({
  dtype: z.string().max(20),
  shape: z.array(z.number().int().nonnegative()).max(MOST_DIMENSIONS),
  data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
});

/** The header alone, for streaming a vector after it. Same input, same bytes. */
export function encodeSafetensorsHeader(
  tensors: readonly TensorInfo[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  let offset = 0;
  const entries: [string, unknown][] = tensors.map(({ name, shape, dtype = 'F32' }) => {
    const begin = offset;
    offset += valuesIn(shape) * dtypeBytes[dtype];
    return [name, { dtype, shape, data_offsets: [begin, offset] }];
  });
  if (Object.keys(metadata).length > 0) entries.unshift(['__metadata__', metadata]);
  const json = Buffer.from(
    `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`,
  );
  const padded = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const bytes = Buffer.alloc(LENGTH_BYTES + padded, ' ');
  bytes.writeBigUInt64LE(BigInt(padded), 0);
  json.copy(bytes, LENGTH_BYTES);
  return bytes;
}

/** `data`: all tensors' float32 values, flat, in the order of `tensors`. */
export function encodeSafetensors(
  tensors: readonly TensorInfo[],
  data: Float32Array,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const values = tensors.reduce((sum, { shape }) => sum + valuesIn(shape), 0);
  if (values !== data.length)
    throw new MalformedTensors(`the tensors have ${values} values in all, the data has ${data.length}`);
  const header = encodeSafetensorsHeader(tensors, metadata);
  const bytes = new Uint8Array(header.length + data.byteLength);
  bytes.set(header);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.length);
  return bytes;
}

/** How long header and length field are together; undefined while fewer than 8 bytes are known. */
export function safetensorsHeaderEnd(bytes: Uint8Array): number | undefined {
  if (bytes.length < LENGTH_BYTES) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > MOST_HEADER_BYTES)
    throw new MalformedTensors(`the header claims ${length} bytes; at most ${MOST_HEADER_BYTES} are read`);
  return LENGTH_BYTES + Number(length);
}

/** Reads the header at the start of `bytes`. Throws `MalformedTensors` on anything but packed tensors of these formats. */
export function parseSafetensorsHeader(bytes: Uint8Array, allowed = onlyFloat32): SafetensorsHeader {
  const dataOffset = safetensorsHeaderEnd(bytes);
  if (dataOffset === undefined || bytes.length < dataOffset)
    throw new MalformedTensors(`cut off within the header, after ${bytes.length} bytes`);
  const { __metadata__: rawMetadata, ...rawTensors } = parseObject(bytes.subarray(LENGTH_BYTES, dataOffset));
  const metadata = parseMetadata(rawMetadata ?? {});

  const named = Object.entries(rawTensors);
  if (named.length > MOST_TENSORS)
    throw new MalformedTensors(`${named.length} tensors; at most ${MOST_TENSORS} are read`);
  const entries = named.map(([name, raw]) => {
    if (name.length > LONGEST_NAME)
      throw new MalformedTensors(
        `tensor '${shorten(name, 50)}': a name has at most ${LONGEST_NAME} characters`,
      );
    const entry = entrySchema.safeParse(raw);
    if (!entry.success) throw new MalformedTensors(`tensor '${name}': ${explainIssues(entry.error)}`);
    const {
      shape,
      data_offsets: [begin, end],
    } = entry.data;
    const dtype = allowed.find((each) => each === entry.data.dtype);
    if (dtype === undefined) {
      const message = `tensor '${name}' is ${entry.data.dtype}; only ${allowed.join(', ')} is read`;
      throw new MalformedTensors(message);
    }
    if (end - begin !== valuesIn(shape) * dtypeBytes[dtype])
      throw new MalformedTensors(`tensor '${name}' of shape [${shape.join(', ')}] has ${end - begin} bytes`);
    return { name, shape, dtype, begin, end };
  });
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let dataBytes = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== dataBytes)
      throw new MalformedTensors(`tensor '${name}' leaves a hole or overlaps another one`);
    dataBytes = end;
  }
  return {
    tensors: entries.map(({ name, shape, dtype }) => ({ name, shape, dtype })),
    metadata,
    dataOffset,
    dataBytes,
  };
}

/** The flat data is copied: it can be kept when `bytes` is gone. */
export function decodeSafetensors(bytes: Uint8Array): {
  readonly tensors: readonly TensorInfo[];
  readonly data: Float32Array;
  readonly metadata: Readonly<Record<string, string>>;
} {
  const { tensors, metadata, dataOffset, dataBytes } = parseSafetensorsHeader(bytes);
  if (bytes.length - dataOffset !== dataBytes)
    throw new MalformedTensors(`${bytes.length - dataOffset} bytes of data, the header tells ${dataBytes}`);
  const data = new Float32Array(dataBytes / BYTES_PER_VALUE);
  new Uint8Array(data.buffer).set(bytes.subarray(dataOffset));
  return { tensors: tensors.map(({ name, shape }) => ({ name, shape })), data, metadata };
}

/** By hand, as a record schema would lose a name such as `__proto__`. */
function parseMetadata(raw: unknown): Record<string, string> {
  const entries =
    typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? Object.entries(raw) : undefined;
  if (entries?.every((entry): entry is [string, string] => typeof entry[1] === 'string') !== true)
    throw new MalformedTensors('__metadata__: expected an object of strings');
  if (entries.length > MOST_METADATA)
    throw new MalformedTensors(`__metadata__: ${entries.length} entries; at most ${MOST_METADATA} are read`);
  return Object.fromEntries(entries);
}

function parseObject(bytes: Uint8Array): Record<string, unknown> {
  try {
    const value = parseBoundedJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes), headerBounds);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch (cause) {
    const why = cause instanceof OutOfBounds ? `its header: ${cause.message}` : 'the header is not JSON';
    throw new MalformedTensors(why, { cause });
  }
  throw new MalformedTensors('the header is not a JSON object');
}

function valuesIn(shape: readonly number[]): number {
  const values = shape.reduce((product, size) => product * size, 1);
  if (!Number.isSafeInteger(values * BYTES_PER_VALUE))
    throw new MalformedTensors(`shape [${shape.join(', ')}] is too large`);
  return values;
}
