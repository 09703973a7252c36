import { createUnitRandom } from '../random.js';
import type { Searcher, Study } from '../searcher.js';
import { dimensionsOf, type Categorical, type Numeric } from '../space/dimension.js';
import { compareValues, valueOf, type Trial } from '../trial.js';
import { exhaustivePoint, searchedOf } from './exhaustive.js';
import { createParzen } from './parzen.js';
import { random } from './random.js';

/** Number of random trials at the start: a density needs points. */
const RANDOM_TRIALS = 10;
const CANDIDATES = 24;
const MOST_GOOD = 25;

/**
 * Tree-structured Parzen estimator (Bergstra et al., "Algorithms for hyper-parameter optimization", NeurIPS 2011): of
 * candidates drawn where the best trials lie, l(x), takes the one with the highest l(x)/g(x), g being the density of
 * the others. Defaults as in Optuna: 10 random trials, the best tenth, 24 candidates.
 */
export const tpe: Searcher = {
  name: 'tpe',
  suggest(study) {
    const judged = study.trials.filter(({ state, reports }) => reports.length > 0 || state === 'failed');
    if (judged.length < RANDOM_TRIALS) return random.suggest(study);
    const [good, bad] = split(judged, study);
    const number = study.trials.length + 1;
    const dimensions = dimensionsOf(study.space);
    const unit = createUnitRandom('tpe', study.seed, number);
    return {
      ...exhaustivePoint(dimensions, number),
      ...Object.fromEntries(
        searchedOf(dimensions).map((dimension) => [
          dimension.name,
          dimension.kind === 'numeric'
            ? bestNumber(dimension, good, bad, unit)
            : bestOption(dimension, good, bad, unit),
        ]),
      ),
    };
  },
};

/** Trials that got further are judged before those that were cut early, as their values say more. */
function split(judged: readonly Trial[], { mode }: Study): [good: readonly Trial[], bad: readonly Trial[]] {
  const reached = ({ reports }: Trial) => reports.at(-1)?.target ?? 0;
  const best = [...judged].sort(
    (a, b) =>
      Number(valueOf(a) === null) - Number(valueOf(b) === null) ||
      reached(b) - reached(a) ||
      compareValues(mode, valueOf(a), valueOf(b)) ||
      a.number - b.number,
  );
  const count = Math.min(Math.ceil(judged.length / 10), MOST_GOOD);
  const inOrder = (trials: readonly Trial[]) => [...trials].sort((a, b) => a.number - b.number);
  return [inOrder(best.slice(0, count)), inOrder(best.slice(count))];
}

function bestNumber(
  dimension: Numeric,
  good: readonly Trial[],
  bad: readonly Trial[],
  unit: () => number,
): number {
  const units = (trials: readonly Trial[]) =>
    trials.map(({ point }) => dimension.toUnit(Number(point[dimension.name])));
  const [below, above] = [createParzen(units(good)), createParzen(units(bad))];
  const candidates = Array.from({ length: CANDIDATES }, () => below.sample(unit));
  return dimension.fromUnit(
    argmax(candidates, (candidate) => below.logDensity(candidate) - above.logDensity(candidate)),
  );
}

function bestOption(
  { name, options }: Categorical,
  good: readonly Trial[],
  bad: readonly Trial[],
  unit: () => number,
): unknown {
  const texts = options.map((option) => JSON.stringify(option));
  const shares = (trials: readonly Trial[]) => {
    const chosen = trials.map(({ point }) => JSON.stringify(point[name]));
    // One trial's weight, spread over all options, so that none is ruled out.
    return texts.map(
      (text) => (chosen.filter((one) => one === text).length + 1 / texts.length) / (chosen.length + 1),
    );
  };
  const [below, above] = [shares(good), shares(bad)];
  const candidates = Array.from({ length: CANDIDATES }, () => draw(below, unit()));
  return options[argmax(candidates, (at) => Math.log(below[at] ?? 0) - Math.log(above[at] ?? 1))];
}

/** The index in whose share of the whole a number from [0, 1) falls. */
function draw(shares: readonly number[], unit: number): number {
  let sum = 0;
  const at = shares.findIndex((share) => (sum += share) > unit);
  return at < 0 ? shares.length - 1 : at;
}

function argmax(candidates: readonly number[], score: (candidate: number) => number): number {
  let [best = 0] = candidates;
  let bestScore = -Infinity;
  for (const candidate of candidates) {
    const its = score(candidate);
    if (its > bestScore) [best, bestScore] = [candidate, its];
  }
  return best;
}
