import type { RunChecks } from '@synergos/contract';
import { extremesOf, type SearchSpace } from '@synergos/scaling';

/** Arguments that affect which others have an effect. `lr` is one: without a named scheduler it replaces CyclicLR. */
const DECIDING: readonly string[] = [
  ...['algorithm', 'aggregator', 'optimizer', 'lr_scheduler', 'criterion', 'compression', 'lr', 'base_lr'],
  ...['max_lr', 'mode', 'cycle_momentum', 'clip_quantile', 'zero_above', 'noise_multiplier'],
];
/** Larger spaces are not examined: each combination takes a fraction of a millisecond of the event loop. */
const MOST_COMBINATIONS = 200;

type Point = Readonly<Record<string, unknown>>;

/**
 * Finds hyperparameters without effect in every trial of the space, for any value of the others, in the space's order.
 *
 * @param fixed - Arguments of every trial that does not choose them, such as a criterion that fits the model.
 */
export function idleIn(space: SearchSpace, checks: RunChecks, fixed: Point = {}): readonly string[] {
  const extremes = extremesOf(space);
  const entries = Object.entries(extremes);
  const deciding = entries.filter(([name]) => DECIDING.includes(name));
  if (deciding.reduce((product, [, values]) => product * values.length, 1) > MOST_COMBINATIONS) return [];
  const ends = [0, -1].map((at): Point =>
    Object.fromEntries(entries.map(([name, values]) => [name, values.at(at)])),
  );
  let idle: readonly string[] | undefined;
  for (const combination of combinations(deciding)) {
    const chosen = { ...fixed, ...combination };
    const atEnds = validOf(ends.map((others) => ignoredBy(checks, { ...others, ...chosen })));
    // The lowest and highest values of all others may not be valid combinations.
    const isAlone = atEnds.length === 0;
    const ignored = isAlone ? validOf([ignoredBy(checks, chosen)]) : atEnds;
    // Trials of an invalid combination have no model.
    if (ignored.length === 0) continue;
    idle = (idle ?? Object.keys(extremes)).filter((name) =>
      isAlone && !(name in chosen)
        ? ignoredBy(checks, { ...chosen, [name]: ends[0]?.[name] })?.has(name) === true
        : ignored.every((names) => names.has(name)),
    );
    if (idle.length === 0) return [];
  }
  return idle ?? [];
}

function validOf<Value>(results: readonly (Value | undefined)[]): readonly Value[] {
  return results.filter((result) => result !== undefined);
}

function* combinations(dimensions: readonly (readonly [string, readonly unknown[]])[]): Generator<Point> {
  const [first, ...others] = dimensions;
  if (first === undefined) return yield {};
  const [name, values] = first;
  for (const value of values) for (const rest of combinations(others)) yield { [name]: value, ...rest };
}

/** Arguments that a run ignores; undefined if the run is invalid. */
function ignoredBy({ parseArguments }: RunChecks, given: Point): ReadonlySet<string> | undefined {
  try {
    return new Set(parseArguments(given).ignored);
  } catch {
    return undefined;
  }
}
