import { codecOf, decodeUpdate, parseRunArguments, createRegistry } from '@synergos/fed-algorithms';
import { dtypes, parseSafetensorsHeader } from '@synergos/rpc-core';
import { describe, expect, it } from 'vitest';
import { compressed } from '../src/tasks/compressed.js';
import { Residuals } from '../src/tasks/residuals.js';

const manifest = {
  tensors: [{ name: '0.weight', shape: [4], offset: 0, size: 4, trainable: true }],
  size: 4,
};

function send(compression: string, values: readonly number[], residuals: Residuals, round = 1, run = 'r') {
  const { arguments: args } = parseRunArguments(createRegistry(), { compression, compression_keep: 0.25 });
  const update = Float32Array.from(values);
  const file = compressed(update, { args, manifest, residuals, run, round, participant: 'alice' });
  const { tensors, metadata, dataOffset } = parseSafetensorsHeader(file, dtypes);
  const encoded = { tensors, metadata, data: file.slice(dataOffset) };
  expect(codecOf(encoded).name).toBe(compression);
  return [...decodeUpdate(encoded, manifest)];
}

describe('update', () => {
  it.each(['none', 'float16', 'bfloat16', 'int8'])('is encoded as %s', (compression) => {
    expect(send(compression, [1, -0.5, 0.25, 0], new Residuals())[0]).toBeCloseTo(1, 2);
  });

  it('includes what top-k left out of earlier updates', () => {
    const residuals = new Residuals();
    expect(send('top-k', [4, 3, 0, 0], residuals, 1)).toEqual([4, 0, 0, 0]);
    expect(send('top-k', [1, 1, 0, 0], residuals, 2)).toEqual([0, 4, 0, 0]);
    expect(send('top-k', [0, 0, 0, 0], residuals, 3)).toEqual([1, 0, 0, 0]);
    expect(send('top-k', [0, 0, 0, 0], residuals, 4)).toEqual([0, 0, 0, 0]);
  });

  it('is the same if a round is repeated, and has no residual in a new run', () => {
    const residuals = new Residuals();
    send('top-k', [4, 3, 0, 0], residuals, 1);
    const second = send('top-k', [1, 1, 0, 0], residuals, 2);
    expect(send('top-k', [1, 1, 0, 0], residuals, 2)).toEqual(second);
    expect(send('top-k', [4, 3, 0, 0], residuals, 1)).toEqual([4, 0, 0, 0]);
    expect(send('top-k', [0, 0, 0, 0], residuals, 2, 'another')).toEqual([0, 0, 0, 0]);
  });
});
