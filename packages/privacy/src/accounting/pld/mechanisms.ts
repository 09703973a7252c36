import type { LossSource, Piece } from './discretise.js';

/** Which of two neighbouring data sets has the record that the other one lacks. */
export type Direction = 'remove' | 'add';

/** Standard deviations on each side of a mean that are integrated. */
const TAIL = 10;
/** Upper bound of the probability outside of them. */
const TAIL_MASS = 2e-23;
const SQRT_2_PI = Math.sqrt(2 * Math.PI);

/** Loss of the Poisson-subsampled mechanism from that of the whole one: log(1 − q + q·exp(loss)). */
function subsampled(q: number) {
  if (q === 1) return { loss: (whole: number) => whole, whole: (loss: number) => loss };
  return {
    loss: (whole: number) =>
      whole > 30
        ? whole + Math.log(q) + Math.log1p(((1 - q) / q) * Math.exp(-whole))
        : Math.log1p(q * Math.expm1(whole)),
    whole: (loss: number) => Math.log1p(Math.expm1(loss) / q),
  };
}

/**
 * Gaussian noise of standard deviation σ on a query of sensitivity 1, on a Poisson sample. With the record, the output
 * is distributed as (1 − q)·N(0, σ²) + q·N(1, σ²), without it as N(0, σ²).
 *
 * Zhu, Dong, Wang: "Optimal Accounting of Differential Privacy via Characteristic Function" (2022), arXiv:2106.08567.
 */
export function gaussianLoss(q: number, sigma: number, direction: Direction): LossSource {
  const normal = (x: number) => Math.exp((-x * x) / (2 * sigma * sigma)) / (sigma * SQRT_2_PI);
  const { loss, whole } = subsampled(q);
  const withRecord = (x: number) => loss((2 * x - 1) / (2 * sigma * sigma));
  const at = (value: number) => sigma * sigma * whole(value) + 0.5;
  const [from, to] = [-TAIL * sigma, TAIL * sigma];
  const widest = sigma / 4;
  const piece: Piece =
    direction === 'remove'
      ? {
          ...{ from, to: to + 1, widest, loss: withRecord, at },
          density: (x) => (1 - q) * normal(x) + q * normal(x - 1),
        }
      : { from, to, widest, density: normal, loss: (x) => -withRecord(x), at: (value) => at(-value) };
  return { pieces: [piece], atoms: [], rest: TAIL_MASS };
}

/** Laplace noise of scale b on a query of sensitivity 1, on a Poisson sample. */
export function laplaceLoss(q: number, scale: number, direction: Direction): LossSource {
  const { loss, whole } = subsampled(q);
  /** Probability of the mixture, from that without the record: exp(loss) times as much. */
  const factor = (value: number) => (direction === 'remove' ? Math.exp(value) : 1);
  const sign = direction === 'remove' ? 1 : -1;
  const ends = [
    // Left of both centres, and right of both; without the record the noise is centred at 0.
    { whole: -1 / scale, without: 0.5 },
    { whole: 1 / scale, without: 0.5 * Math.exp(-1 / scale) },
  ].map((end) => ({ value: loss(end.whole), without: end.without }));
  const between = (x: number) => loss((2 * x - 1) / scale);
  return {
    atoms: ends.map(({ value, without }) => ({
      loss: sign * value,
      probability: without * factor(value),
    })),
    pieces: [
      {
        ...{ from: 0, to: 1, widest: scale / 4 },
        density: (x) => (Math.exp(-x / scale) / (2 * scale)) * factor(between(x)),
        loss: (x) => sign * between(x),
        at: (value) => (scale * whole(sign * value) + 1) / 2,
      },
    ],
    rest: 0,
  };
}
