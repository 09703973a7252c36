import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { resolve as resolvePackage } from 'import-meta-resolve';
import { argumentsSchemaOf } from './arguments-schema.js';
import { createComponents } from './components.js';
import { PluginError } from './errors.js';
import { issuesOf, issuesText } from './issues.js';
import { PLUGIN_API_VERSION, type LoadedPlugin, type Plugin } from './plugin.js';
import { namesSchema, pluginSchema, versionSchema } from './plugin-schema.js';

/**
 * Loads a plug-in: an installed package that `directory` can resolve, or the path of a module or its folder, relative to
 * `directory`.
 * @throws PluginError
 */
export async function loadPlugin(name: string, directory: string = process.cwd()): Promise<LoadedPlugin> {
  let loaded: { default?: unknown };
  try {
    loaded = (await import(locate(name, directory))) as { default?: unknown };
  } catch (cause) {
    // `require.resolve` appends the modules that required it.
    const reason = (cause instanceof Error ? cause.message : String(cause)).split('\nRequire stack')[0];
    throw new PluginError(`plug-in '${name}' cannot be loaded from ${directory}: ${reason}`, { cause });
  }
  return { source: name, plugin: checkPlugin(name, loaded.default) };
}

/**
 * Checks the API version and the shape of a plug-in's default export, and that its names are free.
 * @throws PluginError
 */
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
  const plugin = exported as Plugin;
  const named = namesSchema(argumentsOf(name, plugin)).safeParse(plugin);
  if (!named.success)
    throw new PluginError(`plug-in '${name}' is malformed: ${issuesText(issuesOf(named.error))}`);
  return plugin;
}

/** The run arguments with those of the plug-in's components. */
function argumentsOf(name: string, plugin: Plugin) {
  try {
    return argumentsSchemaOf(createComponents([{ source: name, plugin }]));
  } catch (cause) {
    if (!(cause instanceof PluginError)) throw cause;
    throw new PluginError(`plug-in '${name}': ${cause.message}`, { cause });
  }
}

/** A path if it looks like one; otherwise a package, or a file of that name if no such package is installed. */
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

/** `require.resolve` rather than the path itself: a folder stands for its `main` or `index.js`. */
function locatePath(path: string): string {
  return pathToFileURL(createRequire(path).resolve(path)).href;
}
