import { z } from 'zod';
import { parseDuration, type RunChecks } from '@synergos/contract';
import {
  extremesOf,
  metricsOf,
  modes,
  schedulerNamed,
  schedulers,
  searcherNamed,
  searchers,
  searchSpaceSchema,
  type OptimizeJob,
  type SearchSpace,
} from '@synergos/scaling';
import { ApiError, type FieldError } from '../errors.js';

const MOST_TRIALS = 1000;
const MOST_AT_ONCE = 64;
const LONGEST = '3w';
const LARGEST_SEED = Number.MAX_SAFE_INTEGER;

const flag = z.boolean().nullish();
const count = (most: number) => z.number().int().min(1).max(most).nullish();
const namesOf = (kinds: readonly { readonly name: string }[]) => kinds.map(({ name }) => name).join(', ');
const searcherName = z
  .string()
  .refine((name) => searcherNamed(name) !== undefined, {
    error: ({ input }) =>
      `unknown searcher '${String(input)}'; there are ${namesOf(searchers)}, and Ray Tune's and NNI's names for the like`,
  })
  .nullish();

/** Fields of a request for a hyperparameter search, as in Synergos. */
export const optimizationBody = z.looseObject({
  search_space: searchSpaceSchema,
  /** The library whose names are used; the search itself is independent of it. */
  backend: z.enum(['tune', 'nni']).nullish(),
  searcher: searcherName,
  tuner: searcherName,
  scheduler: z
    .string()
    .refine((name) => schedulerNamed(name) !== undefined, {
      error: ({ input }) =>
        `unknown scheduler '${String(input)}'; there are ${namesOf(schedulers)}, and Ray Tune's and NNI's names for the like`,
    })
    .nullish(),
  metric: z.string().nullish(),
  optimize_mode: z
    .preprocess(
      (given) => (given === 'maximize' ? 'max' : given === 'minimize' ? 'min' : given),
      z.enum(modes, { error: 'expected max or min' }),
    )
    .nullish(),
  trial_concurrency: count(MOST_AT_ONCE),
  max_concurrent: count(MOST_AT_ONCE),
  max_trial_num: count(MOST_TRIALS),
  /** A number is in seconds. */
  max_exec_duration: z
    .union([z.number(), z.string()])
    .refine((given) => isDuration(given), {
      error: `expected a duration such as 1h 30m (units s, m, h, d, w) or a number of seconds, above nothing and at most ${LONGEST}`,
    })
    .nullish(),
  seed: z.number().int().nonnegative().max(LARGEST_SEED).nullish(),
  grace_period: count(1_000_000),
  reduction_factor: z.number().min(2).max(100).nullish(),
  auto_align: flag,
  dockerised: flag,
  verbose: flag,
  log_msgs: flag,
});
export type OptimizationBody = z.output<typeof optimizationBody>;

/**
 * The plan of the job: defaults are filled in, and all values are checked against the arguments of runs. Throws 400.
 */
export function optimizationPlan(
  body: OptimizationBody,
  { action, checks }: { readonly action: 'regress' | 'classify'; readonly checks: RunChecks },
): {
  readonly plan: Omit<OptimizeJob, 'collab_id' | 'project_id' | 'expt_id' | 'align'>;
  /** Differences between the plan and the request. */
  readonly notes: readonly string[];
} {
  const { search_space, tuner, max_concurrent, trial_concurrency } = body;
  const errors = [...refuseArguments(search_space, checks)];
  const refuse = (path: string, message: string) => errors.push({ path, message });

  const asked = body.searcher ?? tuner ?? 'tpe';
  const searcher = searcherNamed(asked)?.found;
  if (tuner != null && searcherNamed(tuner)?.found !== searcher)
    refuse('tuner', `tuner is '${tuner}' and searcher is '${asked}'; give one of them`);
  for (const [name, message] of Object.entries(searcher?.refuse?.(search_space) ?? {}))
    refuse(`search_space.${name}`, message);

  const scheduler = body.scheduler ?? 'none';
  const { rounds = [], algorithm = [] } = extremesOf(search_space);
  if (schedulerNamed(scheduler)?.found.cuts === true && new Set(rounds).size > 1)
    refuse(
      'search_space.rounds',
      `${scheduler} compares trials round by round: give rounds one value, or no scheduler`,
    );

  const metrics = metricsOf(action);
  const notes: string[] = [];
  const metric = metricOf(body.metric, action, notes) ?? [...metrics.keys()][0] ?? 'loss';
  const usual = metrics.get(metric);
  if (usual === undefined)
    refuse(
      'metric',
      `'${metric}' is no metric of action ${action}; there are ${[...metrics.keys()].join(', ')}`,
    );
  if (errors.length > 0)
    throw new ApiError(400, errors.map(({ path, message }) => `${path}: ${message}`).join('; '), errors);
  const plan = {
    search_space,
    searcher: asked,
    scheduler,
    metric,
    mode: body.optimize_mode ?? usual ?? 'max',
    seed: body.seed ?? 42,
    max_trials: body.max_trial_num ?? 10,
    concurrency: Math.min(trial_concurrency ?? max_concurrent ?? 1, max_concurrent ?? MOST_AT_ONCE),
    max_duration_ms: durationMs(body.max_exec_duration ?? '1h'),
    rounds: Number(checks.parseArguments({ algorithm: algorithm[0], rounds: rounds[0] }).arguments.rounds),
    grace_period: body.grace_period ?? 1,
    reduction_factor: body.reduction_factor ?? 3,
  };
  return { plan, notes };
}

/** Synergos' portal requests `accuracy` for every action. */
function metricOf(
  metric: string | null | undefined,
  action: 'regress' | 'classify',
  notes: string[],
): string | undefined {
  if (action !== 'regress' || metric !== 'accuracy') return metric ?? undefined;
  notes.push("metric: 'accuracy' is a metric of classifications; R2 is used for this regression");
  return 'R2';
}

const NO_ARGUMENT = 'no argument of runs has this name';

/** Rejects hyperparameters that are not arguments of runs, or have invalid values. */
function* refuseArguments(space: SearchSpace, checks: RunChecks): Generator<FieldError> {
  const { algorithm, ...others } = extremesOf(space);
  const algorithms = (algorithm ?? [undefined]).map((name) =>
    name === undefined ? {} : { algorithm: name },
  );
  for (const given of algorithms) yield* refusals(checks, 'algorithm', given);
  const known = algorithms.filter((given) => [...refusals(checks, 'algorithm', given)].length === 0);
  for (const [name, values] of Object.entries(others)) {
    const all = known.map((given) => [...valueRefusals(checks, name, values, given)]);
    // An argument of one algorithm is unknown to the others.
    const [first] = all.sort((a, b) => a.length - b.length);
    // As in runs, an unknown argument with a single value is allowed.
    yield* (first ?? []).filter(({ message }) => message !== NO_ARGUMENT || values.length > 1).slice(0, 1);
  }
}

function* valueRefusals(
  checks: RunChecks,
  name: string,
  values: readonly unknown[],
  given: object,
): Generator<FieldError> {
  for (const value of values) yield* refusals(checks, name, { ...given, [name]: value });
}

function* refusals(checks: RunChecks, name: string, given: object): Generator<FieldError> {
  const path = `search_space.${name}`;
  try {
    if (checks.parseArguments(given).unknown.includes(name)) yield { path, message: NO_ARGUMENT };
  } catch (error) {
    const issues = error instanceof Error && 'issues' in error ? (error.issues as readonly FieldError[]) : [];
    const value = JSON.stringify(Object.entries(given).find(([key]) => key === name)?.[1]);
    for (const issue of issues)
      if (issue.path.split('.')[0] === name) yield { path, message: `${value}: ${issue.message}` };
  }
}

function isDuration(given: string | number): boolean {
  const milliseconds = durationMs(given);
  return milliseconds > 0 && milliseconds <= durationMs(LONGEST);
}

/** Returns 0 if it is not a duration. */
function durationMs(given: string | number): number {
  const isNumber = typeof given === 'number' || /^\d+(\.\d+)?$/.test(given.trim());
  return isNumber ? Number(given) * 1000 : (parseDuration(given) ?? 0);
}
