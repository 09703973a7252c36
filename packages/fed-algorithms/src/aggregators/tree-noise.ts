import type { AggregatorState } from '../aggregator.js';
import type { Gaussian } from './gaussian.js';

/** For each level the node of the tree that covers the newest steps, one after the other; and the steps so far. */
export const firstTree = (size: number): AggregatorState => ({
  tree: new Float32Array(size),
  steps: Float32Array.of(0),
});

/**
 * The noise of step t, such that of the sum of steps 1…t is only that of the nodes of a binary tree which cover them: at
 * most log2 t + 1 of them, of variance 1 each. Noise(t) = nodes(t) − nodes(t − 1).
 * Kairouz, McMahan, Song, Thakkar, Thakurta & Xu: Practical and Private (Deep) Learning without Sampling or Shuffling (2021).
 *
 * `efficient`: a node's noise is the best mean of its own and that of its two halves, of a variance between 1 and 1/2.
 * Honaker: Efficient Use of Differentially Private Binary Trees (2015), the estimate from below.
 */
export function nextTreeNoise(
  state: AggregatorState,
  size: number,
  { gaussian, efficient }: { readonly gaussian: Gaussian; readonly efficient: boolean },
): (index: number) => number {
  const before = state.steps![0]!;
  // Step t closes the nodes of all levels up to that of the lowest zero of t − 1: one takes their place.
  let level = 0;
  while (Math.floor(before / 2 ** level) % 2 === 1) level++;
  const tree = grown(state.tree!, (level + 1) * size);
  state.tree = tree;
  state.steps![0] = before + 1;
  const variance = [1];
  for (let h = 0; h < level; h++) variance.push(1 / (1 + 1 / (2 * variance[h]!)));

  return (i) => {
    let node = gaussian();
    let closed = 0;
    for (let h = 0; h < level; h++) {
      const half = tree[h * size + i]!;
      closed += half;
      if (efficient) node = variance[h + 1]! * (gaussian() + (half + node) / (2 * variance[h]!));
    }
    tree[level * size + i] = node;
    return node - closed;
  };
}

function grown(tree: Float32Array, length: number): Float32Array {
  if (tree.length >= length) return tree;
  const larger = new Float32Array(length);
  larger.set(tree);
  return larger;
}
