import type { Algorithm } from './algorithm.js';
import { builtIn } from './algorithms/index.js';
import { argumentsSchemaOf, type ArgumentsSchema } from './arguments-schema.js';
import { createCatalogue, type Catalogue } from './catalogue.js';
import { BUILT_IN, createComponents, type Components } from './components.js';
import type { LoadedPlugin } from './plugin.js';

/** Everything that runs and models can name in this process: algorithms and components, those of plug-ins included. */
export interface Registry extends Components {
  readonly algorithms: Catalogue<Algorithm>;
  /** The arguments that all runs accept. */
  readonly argumentsSchema: ArgumentsSchema;
  /** An algorithm by its name. Throws `InvalidArguments` that lists the names that exist. */
  get(name: string): Algorithm;
  list(): readonly { readonly algorithm: Algorithm; readonly source: string }[];
}

/**
 * The registry of this package and of plug-ins.
 * @throws PluginError if a name is defined twice, if an argument has no default, or if two components mean different
 * schemas by one name.
 */
export function createRegistry(plugins: readonly LoadedPlugin[] = []): Registry {
  const components = createComponents(plugins);
  const algorithms = createCatalogue<Algorithm>('algorithm', 'algorithm', [
    { source: BUILT_IN, components: builtIn },
    ...plugins.map(({ source, plugin }) => ({ source, components: plugin.algorithms ?? [] })),
  ]);
  return {
    ...components,
    algorithms,
    argumentsSchema: argumentsSchemaOf(components),
    get: (name) => algorithms.get(name),
    list: () =>
      algorithms.list().map((algorithm) => ({
        algorithm,
        source: algorithms.sourceOf(algorithm.name) ?? BUILT_IN,
      })),
  };
}
