import { z } from 'zod';
import type { Algorithm } from './algorithm.js';
import { checkPrivacy } from './aggregators/check-privacy.js';
import { checkRule } from './aggregators/check-rule.js';
import { argumentsWithoutEffect } from './arguments-read.js';
import { builtIn } from './algorithms/index.js';
import { runArgumentsSchema, type RunArguments } from './arguments.js';
import { InvalidArguments, PluginError } from './errors.js';
import { issuesOf } from './issues.js';
import type { LoadedPlugin } from './plugins.js';
import { checkTraining } from './training/check-training.js';

/** The algorithms that exist here, by name. */
export interface Registry {
  /** Throws `InvalidArguments` that lists what exists. */
  get(name: string): Algorithm;
  list(): readonly { readonly algorithm: Algorithm; readonly source: string }[];
}

const BUILT_IN = '@synergos/fed-algorithms';

/** The built-in algorithms and those of the plug-ins. A name given twice is a `PluginError` that names both sources. */
export function createRegistry(plugins: readonly LoadedPlugin[] = []): Registry {
  const known = new Map<string, { algorithm: Algorithm; source: string }>();
  const sources = [{ source: BUILT_IN, algorithms: builtIn }].concat(
    plugins.map(({ source, plugin }) => ({ source, algorithms: plugin.algorithms })),
  );
  for (const { source, algorithms } of sources)
    for (const algorithm of algorithms) {
      const other = known.get(algorithm.name);
      if (other !== undefined)
        throw new PluginError(`${source} and ${other.source} both define an algorithm '${algorithm.name}'`);
      known.set(algorithm.name, { algorithm, source });
    }
  return {
    get(name) {
      const entry = known.get(name);
      if (entry !== undefined) return entry.algorithm;
      const names = [...known.keys()].join(', ');
      throw new InvalidArguments([
        { path: 'algorithm', message: `unknown algorithm '${name}'; there are ${names}` },
      ]);
    },
    list: () => [...known.values()],
  };
}

const anyArguments = z.record(z.string(), z.unknown());
const schemas = new WeakMap<Algorithm, z.ZodType<RunArguments> & { readonly shape: object }>();

/** Made once: a schema costs more to make, and to use for the first time, than all the uses after that. */
function schemaOf(algorithm: Algorithm) {
  const known = schemas.get(algorithm);
  if (known !== undefined) return known;
  const own = algorithm.arguments instanceof z.ZodObject ? algorithm.arguments : z.object({});
  const schema = z
    .object({ ...runArgumentsSchema.shape, ...own.shape })
    // What a `refine` says of several of its own.
    .check(...((own.def.checks ?? []) as z.core.$ZodCheck<object>[]));
  schemas.set(algorithm, schema);
  return schema;
}

/**
 * A run's arguments from what a user sent: defaults filled in, the algorithm's own arguments included.
 * Where `lr` is given and no scheduler (nor CyclicLR's rates), the learning rate stays: CyclicLR would take its place.
 * `ignored` names the keys that have no effect in this run, `unknown` those among them that no run of the algorithm has.
 * Throws `InvalidArguments`.
 */
export function parseRunArguments(
  registry: Registry,
  raw: unknown,
): {
  readonly arguments: RunArguments;
  readonly ignored: readonly string[];
  readonly unknown: readonly string[];
} {
  const given = anyArguments.safeParse(raw);
  if (!given.success) throw new InvalidArguments([{ path: '', message: 'expected an object of arguments' }]);
  const name = runArgumentsSchema.shape.algorithm.safeParse(given.data.algorithm);
  if (!name.success)
    throw new InvalidArguments([{ path: 'algorithm', message: 'expected the name of an algorithm' }]);
  const algorithm = registry.get(name.data);
  const schema = schemaOf(algorithm);
  const present = Object.entries(given.data).filter(([, value]) => value !== null && value !== undefined);
  const parsed = schema.safeParse({
    ...algorithm.defaults,
    ...steadyRate(Object.fromEntries(present), algorithm),
    ...Object.fromEntries(present),
  });
  if (!parsed.success) throw new InvalidArguments(issuesOf(parsed.error));
  const args: RunArguments = parsed.data;
  checkTraining(args);
  algorithm.check?.(args);
  if (algorithm.exchange !== undefined)
    for (const [path, none] of [
      ['aggregator', null],
      ['client_momentum', 0],
    ] as const)
      if (args[path] !== none)
        throw new InvalidArguments([
          { path, message: `${algorithm.name} aggregates no updates: expected ${none}, got ${args[path]}` },
        ]);
  checkPrivacy(algorithm, args);
  checkRule(algorithm, args);
  const unknown = Object.keys(given.data).filter((key) => !Object.hasOwn(schema.shape, key));
  const without = argumentsWithoutEffect(algorithm, args);
  const own = algorithm.arguments instanceof z.ZodObject ? algorithm.arguments.shape : {};
  const idle = present
    .map(([key]) => key)
    .filter((key) => without.has(key) && !Object.hasOwn(own, key) && Object.hasOwn(schema.shape, key));
  return { arguments: args, ignored: [...unknown, ...idle], unknown };
}

function steadyRate(
  { lr, lr_scheduler, base_lr, max_lr }: Readonly<Record<string, unknown>>,
  { defaults }: Algorithm,
): { readonly lr_scheduler?: 'none' } {
  const named = [lr_scheduler, base_lr, max_lr, defaults?.lr_scheduler].some((value) => value !== undefined);
  return lr === undefined || named ? {} : { lr_scheduler: 'none' };
}
