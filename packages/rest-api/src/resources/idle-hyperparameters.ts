import type { RunChecks } from '@synergos/contract';
import { extremesOf, type SearchSpace } from '@synergos/scaling';

/** Arguments that decide which others have an effect. `lr` does: without a scheduler named it takes CyclicLR's place. */
const DECIDING: readonly string[] = [
  ...['algorithm', 'aggregator', 'optimizer', 'lr_scheduler', 'criterion', 'compression', 'lr', 'base_lr'],
  ...['max_lr', 'mode', 'cycle_momentum', 'clip_quantile', 'zero_above', 'noise_multiplier'],
];
/** Spaces with more are not examined: each takes a fraction of a millisecond of the event loop. */
const MOST_COMBINATIONS = 200;

type Point = Readonly<Record<string, unknown>>;

/**
 * Hyperparameters without effect in every trial of the space, whatever is chosen for the others, in the order of the space.
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
    const ofAll = [...ends, {}].map((others) => ignoredBy(checks, { ...others, ...chosen }));
    const [ignored] = ofAll.filter((names) => names !== undefined);
    // Trials of a combination that runs refuse have no model.
    if (ignored === undefined) continue;
    const isAlone = ofAll.slice(0, ends.length).every((names) => names === undefined);
    idle = (idle ?? Object.keys(extremes)).filter((name) => {
      // The lowest or highest values of all others need not go together.
      const given = { ...chosen, [name]: ends[0]?.[name] };
      return (isAlone && !(name in chosen) ? ignoredBy(checks, given) : ignored)?.has(name) === true;
    });
  }
  return idle ?? [];
}

function* combinations(dimensions: readonly (readonly [string, readonly unknown[]])[]): Generator<Point> {
  const [first, ...others] = dimensions;
  if (first === undefined) return yield {};
  const [name, values] = first;
  for (const value of values) for (const rest of combinations(others)) yield { [name]: value, ...rest };
}

/** What a run of these arguments ignores; undefined: there is no such run. */
function ignoredBy({ parseArguments }: RunChecks, given: Point): ReadonlySet<string> | undefined {
  try {
    return new Set(parseArguments(given).ignored);
  } catch {
    return undefined;
  }
}
