import { expect, it } from 'vitest';
import { parseModel } from './definition.js';
import { ensembleManifest, joinMembers, membersOf } from './ensemble.js';
import { createManifest } from './manifest.js';

const member = createManifest(
  parseModel([{ l_type: 'Linear', structure: { in_features: 2, out_features: 1 } }]),
);

it("an ensemble's vector is its members' in turn, then their shares", () => {
  const members = [Float32Array.of(1, 2, 3), Float32Array.of(4, 5, 6)];
  const joined = joinMembers(members, [0.25, 0.75]);
  const { tensors, size } = ensembleManifest(member, 2);
  expect(size).toBe(joined.length);
  const read = Object.fromEntries(
    tensors.map(({ name, offset, size: length }) => [name, [...joined.subarray(offset, offset + length)]]),
  );
  expect(read).toEqual({
    'member.0.0.weight': [1, 2],
    'member.0.0.bias': [3],
    'member.1.0.weight': [4, 5],
    'member.1.0.bias': [6],
    shares: [0.25, 0.75],
  });
});

it('the tensors determine the number of members of an ensemble; a plain model has none', () => {
  expect(membersOf(ensembleManifest(member, 12).tensors)).toBe(12);
  expect(membersOf(member.tensors)).toBe(0);
});
