/**
 * Rényi divergence of tree aggregation with Gaussian noise on every node, at one order. A record takes part in one step
 * of one tree, so it changes at most ⌈log2(steps + 1)⌉ nodes.
 *
 * Kairouz et al.: "Practical and Private (Deep) Learning without Sampling or Shuffling" (2021), arXiv:2103.00039, D.
 */
export function treeRdp(noiseMultiplier: number, steps: number, order: number): number {
  const depth = Math.ceil(Math.log2(steps + 1));
  return (order * depth) / (2 * noiseMultiplier ** 2);
}
