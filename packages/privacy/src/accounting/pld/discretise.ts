import type { LossDistribution } from './loss-distribution.js';

/** A piece of P's density. The loss is monotone on it. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly density: (x: number) => number;
  readonly loss: (x: number) => number;
  /** The x at which the loss has this value; may be NaN or infinite for a loss that the piece does not have. */
  readonly at: (loss: number) => number;
  /** Widest subinterval on which five nodes integrate the density exactly enough. */
  readonly widest: number;
}

/** P of a mechanism: where its density lives, and where it has a positive probability of one loss. */
export interface LossSource {
  readonly pieces: readonly Piece[];
  readonly atoms: readonly { readonly loss: number; readonly probability: number }[];
  /** Probability left out of the pieces; counts as infinite loss. */
  readonly rest: number;
}

/** Nodes and weights of the Gauss–Legendre rules on [−1, 1]. */
const TWO_NODES = [-1 / Math.sqrt(3), 1 / Math.sqrt(3)];
const TWO_WEIGHTS = [1, 1];
/** Two nodes suffice on a subinterval that is this many times shorter than the widest. */
const SHORT = 25;
const NODES = [-0.906179845938664, -0.5384693101056831, 0, 0.5384693101056831, 0.906179845938664];
const WEIGHTS = [
  0.23692688505618908, 0.47862867049936647, 0.5688888888888889, 0.47862867049936647, 0.23692688505618908,
];

/**
 * The loss distribution on multiples of an interval that dominates the exact one and has its δ at every multiple:
 * each bit of probability is split between the two multiples around its loss so that both P and Q keep their masses.
 *
 * Doroshenko et al.: "Connect the Dots: Tighter Discrete Approximations of Privacy Loss Distributions" (2022),
 * arXiv:2207.04380, algorithm 1. The split is integrated directly, which cannot cancel.
 */
export function discretise({ pieces, atoms, rest }: LossSource, interval: number): LossDistribution {
  const losses = [
    ...atoms.map(({ loss }) => loss),
    ...pieces.flatMap(({ from, to, loss }) => [loss(from), loss(to)]),
  ];
  const first = Math.floor(Math.min(...losses) / interval);
  const last = Math.ceil(Math.max(...losses) / interval) + 1;
  const probabilities = new Float64Array(last - first + 1);
  const scale = -Math.expm1(-interval);
  const add = (loss: number, probability: number) => {
    const cell = Math.min(Math.max(Math.floor(loss / interval) - first, 0), probabilities.length - 2);
    const above = loss - (first + cell) * interval;
    const high = Math.min(1, Math.max(0, -Math.expm1(-above) / scale));
    probabilities[cell] = probabilities[cell]! + probability * (1 - high);
    probabilities[cell + 1] = probabilities[cell + 1]! + probability * high;
  };
  for (const { loss, probability } of atoms) add(loss, probability);
  for (const piece of pieces) integrate(piece, interval, add);
  return { interval, first, probabilities, infinite: rest };
}

/** Adds the probability of a piece, cell by cell: no subinterval contains a multiple of the interval. */
function integrate(piece: Piece, interval: number, add: (loss: number, probability: number) => void): void {
  const { from, to, loss, at } = piece;
  const [low, high] = [Math.min(loss(from), loss(to)), Math.max(loss(from), loss(to))];
  const cuts = [from];
  const rising = loss(to) > loss(from);
  const [firstCut, lastCut] = [Math.floor(low / interval) + 1, Math.ceil(high / interval) - 1];
  for (let i = 0; i <= lastCut - firstCut; i++) {
    const x = at((rising ? firstCut + i : lastCut - i) * interval);
    if (x > (cuts.at(-1) ?? from) && x < to) cuts.push(x);
  }
  cuts.push(to);
  for (let i = 1; i < cuts.length; i++) addBetween(piece, cuts[i - 1]!, cuts[i]!, add);
}

function addBetween(
  { density, loss, widest }: Piece,
  from: number,
  to: number,
  add: (loss: number, probability: number) => void,
): void {
  const parts = Math.max(1, Math.ceil((to - from) / widest));
  const half = (to - from) / parts / 2;
  const short = (to - from) * SHORT < widest;
  const [nodes, weights] = short ? [TWO_NODES, TWO_WEIGHTS] : [NODES, WEIGHTS];
  for (let part = 0; part < parts; part++) {
    const middle = from + (2 * part + 1) * half;
    for (let n = 0; n < nodes.length; n++) {
      const x = middle + half * nodes[n]!;
      add(loss(x), density(x) * half * weights[n]!);
    }
  }
}
