import { InvalidArguments, PluginError } from './errors.js';

/** The components of one kind that runs can name, in the order of their sources. */
export interface Catalogue<Type extends { readonly name: string }> {
  /** What the components are, such as `aggregator`. */
  readonly kind: string;
  readonly names: readonly string[];
  /** @throws InvalidArguments that lists the names that exist. */
  get(name: string): Type;
  find(name: string): Type | undefined;
  list(): readonly Type[];
  /** The package or plug-in that a component comes from. */
  sourceOf(name: string): string | undefined;
}

/** Components from one package or plug-in. */
export interface Source<Type> {
  readonly source: string;
  readonly components: readonly Type[];
}

/**
 * Indexes components by name.
 * @param argument the run argument that holds the name, for error messages.
 * @throws PluginError if two sources define the same name.
 */
export function createCatalogue<Type extends { readonly name: string }>(
  kind: string,
  argument: string,
  sources: readonly Source<Type>[],
): Catalogue<Type> {
  const known = new Map<string, { readonly component: Type; readonly source: string }>();
  for (const { source, components } of sources)
    for (const component of components) {
      const other = known.get(component.name);
      if (other !== undefined)
        throw new PluginError(
          `${source} and ${other.source} both define ${withArticle(kind)} '${component.name}'`,
        );
      known.set(component.name, { component, source });
    }
  const names = [...known.keys()];
  return {
    kind,
    names,
    get(name) {
      const entry = known.get(name);
      if (entry !== undefined) return entry.component;
      const message = `unknown ${kind} '${name}'; there are ${names.join(', ')}`;
      throw new InvalidArguments([{ path: argument, message }]);
    },
    find: (name) => known.get(name)?.component,
    list: () => [...known.values()].map(({ component }) => component),
    sourceOf: (name) => known.get(name)?.source,
  };
}

function withArticle(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}
