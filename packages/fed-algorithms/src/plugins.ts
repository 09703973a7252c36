import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { resolve as resolvePackage } from 'import-meta-resolve';
import { PLUGIN_API_VERSION, type Plugin } from './algorithm.js';
import { PluginError } from './errors.js';
import { issuesOf, issuesText } from './issues.js';
import { pluginSchema, versionSchema } from './plugin-schema.js';

/** A plug-in that passed the checks, and where it came from. */
export interface LoadedPlugin {
  readonly source: string;
  readonly plugin: Plugin;
}

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
  const version = versionSchema.safeParse(exported).data?.apiVersion ?? PLUGIN_API_VERSION;
  if (version !== PLUGIN_API_VERSION)
    throw new PluginError(
      `plug-in '${name}' is written for plug-in API ${version}, this is ${PLUGIN_API_VERSION}; install a version that fits`,
    );
  const shape = pluginSchema.safeParse(exported);
  if (!shape.success)
    throw new PluginError(`plug-in '${name}' is malformed: ${issuesText(issuesOf(shape.error))}`);
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
