import { z } from 'zod';
import { checkAggregator } from './aggregators/check-aggregator.js';
import { checkPrivacy } from './aggregators/check-privacy.js';
import type { Algorithm } from './algorithm.js';
import { argumentsWithoutEffect } from './arguments-read.js';
import type { RunArguments } from './arguments.js';
import { shapeOf } from './component.js';
import { InvalidArguments, refuse } from './errors.js';
import { issuesOf } from './issues.js';
import type { Registry } from './registry.js';

const anyArguments = z.record(z.string(), z.unknown());

type RunSchema = z.ZodType<RunArguments> & { readonly shape: object };
const schemas = new WeakMap<Registry, WeakMap<Algorithm, RunSchema>>();

/** Created once for each algorithm: creating and first using a schema costs more than all later uses. */
function schemaOf(registry: Registry, algorithm: Algorithm): RunSchema {
  const ofRegistry = schemas.get(registry) ?? new WeakMap<Algorithm, RunSchema>();
  schemas.set(registry, ofRegistry);
  const known = ofRegistry.get(algorithm);
  if (known !== undefined) return known;
  const own = algorithm.arguments instanceof z.ZodObject ? algorithm.arguments : z.object({});
  const schema = z
    .object({ ...registry.argumentsSchema.shape, ...own.shape })
    // A `refine` of the algorithm's schema checks several of its arguments together.
    .check(...((own.def.checks ?? []) as z.core.$ZodCheck<object>[])) as unknown as RunSchema;
  ofRegistry.set(algorithm, schema);
  return schema;
}

export interface ParsedRunArguments {
  readonly arguments: RunArguments;
  /** The keys without effect in this run. */
  readonly ignored: readonly string[];
  /** The keys among them that no run of the algorithm has. */
  readonly unknown: readonly string[];
}

/**
 * Parses a run's arguments: fills in defaults and checks them, those of the algorithm and of the components that the run
 * names included. If `lr` is given, and neither a scheduler nor the rates of CyclicLR are, the learning rate stays
 * constant: CyclicLR would replace it.
 * @throws InvalidArguments
 */
export function parseRunArguments(registry: Registry, raw: unknown): ParsedRunArguments {
  const given = anyArguments.safeParse(raw);
  if (!given.success) throw new InvalidArguments([{ path: '', message: 'expected an object of arguments' }]);
  const name = registry.argumentsSchema.shape.algorithm.safeParse(given.data.algorithm);
  if (!name.success) refuse('algorithm', 'expected the name of an algorithm');
  const algorithm = registry.get(name.data);
  const schema = schemaOf(registry, algorithm);
  const present = Object.entries(given.data).filter(([, value]) => value !== null && value !== undefined);
  const parsed = schema.safeParse({
    ...algorithm.defaults,
    ...constantRate(Object.fromEntries(present), algorithm),
    ...Object.fromEntries(present),
  });
  if (!parsed.success) throw new InvalidArguments(issuesOf(parsed.error));
  const args: RunArguments = parsed.data;
  check(registry, algorithm, args);
  const unknown = Object.keys(given.data).filter((key) => !Object.hasOwn(schema.shape, key));
  const without = argumentsWithoutEffect(algorithm, args, registry);
  const own = shapeOf(algorithm);
  const idle = present
    .map(([key]) => key)
    .filter((key) => without.has(key) && !Object.hasOwn(own, key) && Object.hasOwn(schema.shape, key));
  return { arguments: args, ignored: [...unknown, ...idle], unknown };
}

function check(registry: Registry, algorithm: Algorithm, args: RunArguments): void {
  registry.optimizers.get(args.optimizer).check?.(args);
  registry.schedulers.get(args.lr_scheduler).check?.(args);
  algorithm.check?.(args);
  if (algorithm.exchange !== undefined)
    for (const [path, none] of [
      ['aggregator', null],
      ['client_momentum', 0],
    ] as const)
      if (args[path] !== none)
        refuse(path, `${algorithm.name} aggregates no updates: expected ${none}, got ${args[path]}`);
  checkPrivacy(algorithm, args, registry);
  checkAggregator(algorithm, args, registry);
}

function constantRate(
  { lr, lr_scheduler, base_lr, max_lr }: Readonly<Record<string, unknown>>,
  { defaults }: Algorithm,
): { readonly lr_scheduler?: 'none' } {
  const named = [lr_scheduler, base_lr, max_lr, defaults?.lr_scheduler].some((value) => value !== undefined);
  return lr === undefined || named ? {} : { lr_scheduler: 'none' };
}
