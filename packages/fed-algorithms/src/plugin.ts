import type { Algorithm } from './algorithm.js';
import type { PluginComponents } from './components.js';

/** Version of the plug-in contract. It rises when a plug-in written for an older version would break. */
export const PLUGIN_API_VERSION = 1;

/**
 * Default export of a plug-in package or module: lists of algorithms and of components that runs and models select by
 * name. At least one list has an entry.
 */
export interface Plugin extends PluginComponents {
  readonly apiVersion: number;
  readonly algorithms?: readonly Algorithm[];
}

/** A plug-in that passed the checks, and its source. */
export interface LoadedPlugin {
  readonly source: string;
  readonly plugin: Plugin;
}
