import type { Manifest, TensorSpec } from './tensors.js';

/** The tensor of an ensemble that holds its members' shares, which sum to 1. */
export const SHARES = 'shares';

const MEMBER = /^member\.(\d+)\./;

/** An ensemble's tensors: `member.<i>.<tensor>` of each member in turn, then their `shares`. */
export function ensembleManifest(member: Manifest, count: number): Manifest {
  const tensors: TensorSpec[] = [];
  for (let index = 0; index < count; index++)
    for (const tensor of member.tensors)
      tensors.push({
        ...tensor,
        name: `member.${index}.${tensor.name}`,
        offset: index * member.size + tensor.offset,
      });
  const offset = count * member.size;
  tensors.push({ name: SHARES, shape: [count], offset, size: count, trainable: false });
  return { tensors, size: offset + count };
}

/** How many members the model of these tensors has; 0: it is no ensemble. */
export function membersOf(tensors: readonly { readonly name: string }[]): number {
  return tensors.reduce((most, { name }) => Math.max(most, Number(MEMBER.exec(name)?.[1] ?? -1) + 1), 0);
}

/** An ensemble as one flat vector. */
export function joinMembers(members: readonly Float32Array[], shares: readonly number[]): Float32Array {
  const size = members[0]?.length ?? 0;
  const joined = new Float32Array(members.length * size + shares.length);
  for (const [index, member] of members.entries()) joined.set(member, index * size);
  joined.set(shares, members.length * size);
  return joined;
}
