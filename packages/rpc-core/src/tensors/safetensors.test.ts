import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedTensors } from '../protocol/errors.js';
import {
  decodeSafetensors,
  encodeSafetensors,
  encodeSafetensorsHeader,
  parseSafetensorsHeader,
  safetensorsHeaderEnd,
} from './safetensors.js';

const model = [
  { name: '0.weight', shape: [2, 3] },
  { name: '0.bias', shape: [2] },
];
const values = Float32Array.of(1, -2, 3.5, 4, 5, 6, 0.1, Number.NaN);

function file(header: unknown, dataBytes = 0): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = Buffer.alloc(8 + json.length + dataBytes);
  bytes.writeBigUInt64LE(BigInt(json.length));
  json.copy(bytes, 8);
  return bytes;
}

describe('safetensors', () => {
  it('reads back what it wrote, in order, with metadata', () => {
    const read = decodeSafetensors(encodeSafetensors(model, values, { round: '3' }));
    expect(read).toEqual({ tensors: model, data: values, metadata: { round: '3' } });
  });

  it('aligns the start of the data to 8 bytes', () => {
    const bytes = encodeSafetensors(model, values);
    const header = encodeSafetensorsHeader(model);
    expect(header.length % 8).toBe(0);
    expect(safetensorsHeaderEnd(bytes)).toBe(header.length);
    expect(parseSafetensorsHeader(header)).toMatchObject({ dataOffset: header.length, dataBytes: 32 });
    expect(safetensorsHeaderEnd(bytes.subarray(0, 7))).toBeUndefined();
  });

  it('reads bytes at any offset of a larger buffer', () => {
    const bytes = encodeSafetensors(model, values);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decodeSafetensors(shifted.subarray(3)).data).toEqual(values);
  });

  it('orders tensors by their data, whatever the order of the header', () => {
    const header = {
      b: { dtype: 'F32', shape: [1], data_offsets: [4, 8] },
      a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
    };
    expect(parseSafetensorsHeader(file(header, 8)).tensors.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('keeps names that JavaScript objects treat specially', () => {
    const tensors = [
      { name: '10', shape: [1] },
      { name: '2', shape: [1] },
      { name: '__proto__', shape: [1] },
    ];
    expect(decodeSafetensors(encodeSafetensors(tensors, Float32Array.of(1, 2, 3))).tensors).toEqual(tensors);
  });

  const entry = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };
  it.each([
    ['cut off within the header', encodeSafetensors(model, values).subarray(0, 20), /cut off/],
    ['a header length beyond reason', new Uint8Array(8).fill(255), /claims/],
    ['a header that is not JSON', file('{nonsense'), /not JSON/],
    ['a header that is not an object', file('[]'), /not a JSON object/],
    ['another type of number', file({ w: { ...entry, dtype: 'BF16' } }, 4), /BF16/],
    ['a shape that does not match the offsets', file({ w: { ...entry, shape: [3] } }, 4), /shape \[3\]/],
    ['a hole', file({ w: { ...entry, data_offsets: [4, 8] } }, 8), /hole/],
    ['overlapping tensors', file({ a: entry, b: entry }, 4), /hole or overlaps/],
    ['negative sizes', file({ w: { ...entry, shape: [-1] } }, 4), /tensor 'w'/],
    ['a shape beyond reason', file({ w: { ...entry, shape: [2 ** 40, 2 ** 40] } }, 4), /too large/],
    ['metadata that are not strings', file({ __metadata__: { a: 1 } }), /__metadata__/],
    ['33 dimensions', file({ w: { ...entry, shape: Array.from({ length: 33 }, () => 1) } }, 4), /tensor 'w'/],
    ['a name of 1,001 characters', file({ ['n'.repeat(1001)]: entry }, 4), /at most 1000 characters/],
    ['a header of 9 MiB', file(' '.repeat(9 * 2 ** 20)), /at most 8388608 are read/],
    ['a header nested 50,000 levels deep', file('['.repeat(50_000)), /more than 3 levels deep/],
    [
      '1,001 entries of metadata',
      file({ __metadata__: Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [i, ''])) }),
      /1001 entries/,
    ],
    ['too little data', file({ w: entry }, 3), /3 bytes of data/],
    ['too much data', file({ w: entry }, 5), /5 bytes of data/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(MalformedTensors);
    expect(() => decodeSafetensors(bytes)).toThrow(message);
  });

  it('refuses 200,000 empty tensors in less than 500 ms, with a short message', () => {
    const empty = { dtype: 'F32', shape: [0], data_offsets: [0, 0] };
    const many = (count: number) =>
      file(Object.fromEntries(Array.from({ length: count }, (_, i) => [`t${i}`, empty])));
    const messageFor = (bytes: Uint8Array) => {
      try {
        return String(decodeSafetensors(bytes).tensors.length);
      } catch (error) {
        return (error as Error).message;
      }
    };
    const large = many(200_000);
    const startedMs = performance.now();
    expect(messageFor(large)).toMatch(/^not a valid safetensors file: .{1,100}$/);
    expect(performance.now() - startedMs).toBeLessThan(500);
    expect(messageFor(many(20_001))).toContain('20001 tensors; at most 20000 are read');
    expect(messageFor(many(20_000))).toBe('20000');
  });

  it('refuses to write data that do not match the shapes', () => {
    expect(() => encodeSafetensors(model, new Float32Array(7))).toThrow(/8 values in all, the data has 7/);
  });

  it('reads back any model', () => {
    const tensors = fc.uniqueArray(
      fc.record({
        name: fc.string().filter((name) => name !== '__metadata__'),
        shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
      }),
      { selector: ({ name }) => name, maxLength: 6 },
    );
    fc.assert(
      fc.property(tensors, fc.dictionary(fc.string(), fc.string()), (infos, metadata) => {
        const sizes = infos.map(({ shape }) => shape.reduce((product, size) => product * size, 1));
        const data = Float32Array.from({ length: sizes.reduce((a, b) => a + b, 0) }, (_, i) => i / 3);
        const read = decodeSafetensors(encodeSafetensors(infos, data, metadata));
        expect(read.data).toEqual(data);
        expect(Object.fromEntries(Object.entries(read.metadata))).toEqual(
          Object.fromEntries(Object.entries(metadata)),
        );
        const byName = (list: readonly { name: string; shape: readonly number[] }[]) =>
          new Map(list.map(({ name, shape }) => [name, shape.join()]));
        expect(byName(read.tensors)).toEqual(byName(infos));
      }),
    );
  });

  it('parses damaged bytes to a value or to MalformedTensors, never to another error', () => {
    const whole = encodeSafetensors(model, values, { note: 'x' });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.nat(whole.length),
        (changes, length) => {
          const bytes = Uint8Array.from(whole);
          for (const [at, value] of changes) bytes[at] = value;
          try {
            decodeSafetensors(bytes.subarray(0, length));
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedTensors);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
