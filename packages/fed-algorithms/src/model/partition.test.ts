import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Manifest } from './tensors.js';
import { partitionOf, piecesOf, piecesWithin, type Part } from './partition.js';

function manifestOf(...parts: readonly (readonly [size: number, trainable: boolean])[]): Manifest {
  let offset = 0;
  const tensors = parts.map(([size, trainable], index) => {
    const tensor = { name: `${index}`, shape: [size], offset, size, trainable };
    offset += size;
    return tensor;
  });
  return { tensors, size: offset };
}

describe('the partition of a model', () => {
  it('is none where everything is trained', () => {
    expect(partitionOf(manifestOf([3, true], [2, true]))).toBeUndefined();
    expect(partitionOf({ tensors: [], size: 4 })).toBeUndefined();
  });

  it('joins neighbours', () => {
    expect(
      partitionOf(manifestOf([3, true], [2, true], [4, false], [1, false], [2, true], [5, false])),
    ).toEqual({
      trained: {
        ranges: [
          { offset: 0, size: 5 },
          { offset: 10, size: 2 },
        ],
        size: 7,
      },
      untrained: {
        ranges: [
          { offset: 5, size: 5 },
          { offset: 12, size: 5 },
        ],
        size: 10,
      },
      nonNegative: { ranges: [], size: 0 },
    });
  });

  it('counts values of no tensor as trained', () => {
    const manifest = { ...manifestOf([2, false]), size: 5 };
    expect(partitionOf(manifest)?.trained.ranges).toEqual([{ offset: 2, size: 3 }]);
  });

  it('cuts any piece of the vector, and any piece of a part, into the same values', () => {
    const shape = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.boolean()), { maxLength: 8 });
    fc.assert(
      fc.property(shape, fc.nat(40), fc.nat(40), (parts, start, size) => {
        const manifest = manifestOf(...parts);
        const partition = partitionOf(manifest);
        if (partition === undefined) return;
        const { trained, untrained } = partition;
        expect(trained.size + untrained.size).toBe(manifest.size);
        const positions = [trained, untrained].flatMap((part) => offsetsOf(piecesWithin(part, start, size)));
        const end = Math.min(start + size, manifest.size);
        const expected = Array.from({ length: Math.max(0, end - start) }, (_, index) => start + index);
        expect(positions.toSorted((a, b) => a - b)).toEqual(expected);
        for (const part of [trained, untrained])
          expect(offsetsOf(piecesOf(part, start, size))).toEqual(allOf(part).slice(start, start + size));
      }),
    );
  });
});

function offsetsOf(pieces: Iterable<{ readonly offset: number; readonly size: number }>): number[] {
  return [...pieces].flatMap(({ offset, size }) => Array.from({ length: size }, (_, i) => offset + i));
}

function allOf({ ranges }: Part): number[] {
  return offsetsOf(ranges);
}
