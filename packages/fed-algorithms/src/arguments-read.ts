import { optionsSchema, rules } from './aggregators/rules.js';
import type { Algorithm } from './algorithm.js';
import { runArgumentsSchema, type RunArguments } from './arguments.js';
import { criterionArguments } from './model/criteria.js';
import { optimizerTypes } from './training/optimizers/create-optimizer.js';
import { schedulerTypes } from './training/schedulers/create-scheduler.js';

type Name = keyof RunArguments;

/** Arguments that have an effect with some rules, optimizers, schedules, criteria or algorithms only. */
const conditional: ReadonlySet<Name> = new Set<Name>([
  ...(Object.keys(optionsSchema.shape) as Name[]),
  ...Object.values(optimizerTypes).flatMap(({ reads }) => reads),
  ...Object.values(schedulerTypes).flatMap(({ reads }) =>
    (['triangular2', 'exp_range'] as const).flatMap((mode) =>
      reads({ ...runArgumentsSchema.parse({}), mode, cycle_momentum: true }),
    ),
  ),
  ...Object.values(criterionArguments).flat(),
  ...(['mu', 'lr', 'compression_keep', 'is_condensed', 'precision_fractional'] as const),
]);

/** Arguments of rounds and updates that an algorithm without them does not read. */
const ofRounds: readonly Name[] = ['fraction_fit', 'min_fit', 'selection'];
const ofUpdates: readonly Name[] = ['outlier_factor', 'compression', 'compression_keep'];

/** Names of common arguments without effect in such a run. An algorithm's own arguments are none of them. */
export function argumentsWithoutEffect(algorithm: Algorithm, args: RunArguments): ReadonlySet<string> {
  const { reads, server, exchange, aggregator: own } = algorithm;
  // A plug-in that does not say what it reads may read all.
  if (reads === undefined) return new Set(['is_condensed', 'precision_fractional']);
  const schedule = schedulerTypes[args.lr_scheduler];
  const read = new Set<Name>([
    ...reads,
    ...optimizerTypes[args.optimizer].reads,
    ...schedule.reads(args),
    ...criterionArguments[args.criterion],
    ...(schedule.replacesRate ? [] : (['lr'] as const)),
    ...(args.compression === 'top-k' ? (['compression_keep'] as const) : []),
    ...(args.aggregator === null && own !== undefined ? (Object.keys(optionsSchema.shape) as Name[]) : []),
    ...(args.aggregator === null || exchange !== undefined ? [] : ruleReads(args.aggregator, args)),
  ]);
  return new Set<string>([
    ...[...conditional].filter((name) => !read.has(name)),
    ...(server?.asynchronous === undefined ? [] : ofRounds),
    ...(exchange === undefined ? [] : ofUpdates),
  ]);
}

function ruleReads(aggregator: NonNullable<RunArguments['aggregator']>, args: RunArguments): readonly Name[] {
  const without = new Set<Name>([
    ...(args.clip_quantile === null ? (['clip_lr', 'noise_count_stddev'] as const) : []),
    ...(args.zero_above === null ? (['zero_norm'] as const) : []),
    ...(args.noise_multiplier === 0 ? (['noise_mechanism', 'noise_count_stddev'] as const) : []),
  ]);
  return rules[aggregator].reads.filter((name) => !without.has(name));
}
