import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MalformedTensors } from '../protocol/errors.js';
import { packTensors, unpackTensors, type NamedTensors } from './named-tensors.js';

it('round-trips tensors of any shapes and names, in order', () => {
  const tensor = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }).chain((shape) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return fc
      .float32Array({ minLength: size, maxLength: size })
      .map((data) => ({ shape, data: Float32Array.from(data) }));
  });
  const name = fc.stringMatching(/^[a-z][a-z0-9._-]{0,12}$/);
  fc.assert(
    fc.property(fc.dictionary(name, tensor, { maxKeys: 5 }), (tensors: NamedTensors) => {
      const read = unpackTensors(packTensors(tensors));
      expect(Object.keys(read)).toEqual(Object.keys(tensors));
      for (const [each, { shape, data }] of Object.entries(tensors)) {
        expect(read[each]!.shape).toEqual(shape);
        expect(read[each]!.data).toEqual(data);
      }
    }),
  );
});

it('unpacks tensors into their own memory', () => {
  const bytes = packTensors({ a: { shape: [1], data: Float32Array.of(1) } });
  const { a } = unpackTensors(bytes);
  bytes.fill(0);
  expect([...a!.data]).toEqual([1]);
});

it('refuses bytes that are not a safetensors file', () => {
  expect(() => unpackTensors(Uint8Array.of(1, 2, 3))).toThrow(MalformedTensors);
});
