import { z } from 'zod';
import { shapeOf, type Component } from '../component.js';
import { PluginError } from '../errors.js';

/** The components of one kind. */
export interface Kind {
  readonly kind: string;
  readonly components: readonly Component[];
}

interface Merged {
  readonly schema: z.ZodType;
  /** The kind of the first component that has the argument. */
  readonly kind: string;
  readonly owner: string;
  /** Names of components by what the argument means to them. */
  readonly meanings: Map<string, string[]>;
}

/**
 * Joins the arguments of components into those that all runs accept, by kind. An argument's description says which
 * components read it; arguments of `base` are left out, because all runs have them.
 * @throws PluginError if an argument has no default, or if two components mean different schemas by one name.
 */
export function mergeArguments(
  kinds: readonly Kind[],
  base: Readonly<z.ZodRawShape>,
): ReadonlyMap<string, z.ZodRawShape> {
  const merged = new Map<string, Merged>();
  for (const { kind, components } of kinds)
    for (const component of components)
      for (const [name, field] of Object.entries(shapeOf(component))) {
        const schema = field as z.ZodType;
        const owner = `${kind} '${component.name}'`;
        requireDefault(name, schema, owner);
        if (Object.hasOwn(base, name)) {
          requireSame(name, { schema, owner }, { schema: base[name] as z.ZodType, owner: 'every run' });
          continue;
        }
        const known = merged.get(name) ?? { schema, kind, owner, meanings: new Map<string, string[]>() };
        requireSame(name, { schema, owner }, known);
        const meaning = schema.description ?? '';
        known.meanings.set(meaning, [...(known.meanings.get(meaning) ?? []), component.name]);
        merged.set(name, known);
      }
  return new Map(
    kinds.map(({ kind }) => [
      kind,
      Object.fromEntries(
        [...merged]
          .filter(([, argument]) => argument.kind === kind)
          .map(([name, { schema, meanings }]) => [name, schema.describe(describe(meanings))]),
      ),
    ]),
  );
}

/** `Adagrad: decay with each step; LambdaLR: factor after each epoch` */
function describe(meanings: Merged['meanings']): string {
  return [...meanings].map(([meaning, names]) => `${names.join(', ')}: ${meaning}`).join('; ');
}

function requireDefault(name: string, schema: z.ZodType, owner: string): void {
  if (!schema.safeParse(undefined).success)
    throw new PluginError(
      `argument '${name}' of ${owner} has no default: runs that do not use it could not start`,
    );
}

type Owned = Pick<Merged, 'schema' | 'owner'>;

/** Descriptions may differ. */
function requireSame(name: string, one: Owned, other: Owned): void {
  if (one.schema.def === other.schema.def || textOf(one.schema) === textOf(other.schema)) return;
  throw new PluginError(
    `${one.owner} defines argument '${name}' otherwise than ${other.owner} does: give it another name`,
  );
}

function textOf(schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return JSON.stringify([{ ...json, description: undefined }, schema.safeParse(undefined).data]);
}
