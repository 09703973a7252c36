import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { resolve as resolvePackage } from 'import-meta-resolve';
import { z } from 'zod';
import { PLUGIN_API_VERSION, type Plugin } from './algorithm.js';
import { PluginError } from './errors.js';

/** A plug-in that passed the checks, and where it came from. */
export interface LoadedPlugin {
  readonly source: string;
  readonly plugin: Plugin;
}

const aFunction = z.custom((value) => typeof value === 'function', 'expected a function');
const names = z.array(z.string().min(1)).optional();
const algorithmSchema = z.object({
  name: z.string().min(1),
  summary: z.string().min(1),
  paper: z.string().optional(),
  arguments: z.instanceof(z.ZodObject, { error: 'expected a zod object schema' }).optional(),
  defaults: z.record(z.string(), z.unknown()).optional(),
  check: aFunction.optional(),
  aggregator: aFunction.optional(),
  server: z
    .object({
      state: names,
      sends: names,
      elementwise: z.literal(true).optional(),
      weight: aFunction.optional(),
      cohort: aFunction.optional(),
      asynchronous: z
        .object({ buffer: aFunction, weight: aFunction, fromPresent: z.literal(true).optional() })
        .optional(),
      step: aFunction.optional(),
    })
    .optional(),
  client: z
    .object({
      state: names,
      personal: z.string().optional(),
      localTensors: aFunction.optional(),
      sparse: z.literal(true).optional(),
      correctGradient: aFunction.optional(),
      sends: names,
      finish: aFunction.optional(),
    })
    .optional(),
  exchange: z.object({ round: aFunction, answers: z.record(z.string(), aFunction) }).optional(),
});
const pluginSchema = z.object({ apiVersion: z.number(), algorithms: z.array(algorithmSchema).min(1) });

/**
 * Loads a plug-in: a package installed where `directory` can resolve it, or the path of a module or its folder,
 * relative to `directory`. Throws `PluginError`.
 */
export async function loadPlugin(name: string, directory: string = process.cwd()): Promise<LoadedPlugin> {
  let loaded: { default?: unknown };
  try {
    loaded = (await import(locate(name, directory))) as { default?: unknown };
  } catch (cause) {
    // `require.resolve` puts the modules that asked below its message.
    const reason = (cause instanceof Error ? cause.message : String(cause)).split('\nRequire stack')[0];
    throw new PluginError(`plug-in '${name}' cannot be loaded from ${directory}: ${reason}`, { cause });
  }
  return { source: name, plugin: checkPlugin(name, loaded.default) };
}

/** Checks the shape and API version of a plug-in's default export. */
export function checkPlugin(name: string, exported: unknown): Plugin {
  if (exported === undefined) throw new PluginError(`plug-in '${name}' has no default export`);
  const shape = pluginSchema.safeParse(exported);
  if (!shape.success)
    throw new PluginError(`plug-in '${name}' is malformed: ${z.prettifyError(shape.error)}`);
  const { apiVersion } = shape.data;
  if (apiVersion !== PLUGIN_API_VERSION)
    throw new PluginError(
      `plug-in '${name}' is written for plug-in API ${apiVersion}, this is ${PLUGIN_API_VERSION}; install a version that fits`,
    );
  return exported as Plugin;
}

/** A path if it reads as one; else a package, or a file of that name where no such package is installed. */
function locate(name: string, directory: string): string {
  const path = resolve(directory, name);
  if (isAbsolute(name) || /^\.\.?[/\\]/.test(name)) return locatePath(path);
  try {
    return resolvePackage(name, pathToFileURL(join(resolve(directory), 'index.js')).href);
  } catch (cause) {
    if (existsSync(path)) return locatePath(path);
    throw cause;
  }
}

/** `require.resolve` rather than the path itself: a folder may be named, and means its `main` or `index.js`. */
function locatePath(path: string): string {
  return pathToFileURL(createRequire(path).resolve(path)).href;
}
