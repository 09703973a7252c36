import type { z } from 'zod';

/** Something that a run selects by name, such as an aggregator or an optimizer: one plain object. */
export interface Component<Args extends object = any> {
  /** The name in a run's arguments, unique among its kind. */
  readonly name: string;
  /** What it does, in one sentence. */
  readonly summary: string;
  /** Authors, title, year. */
  readonly paper?: string;
  /**
   * A zod object: the run arguments that it reads, each with a default and a description. They join the arguments that
   * every run accepts. A name that another component defines must mean the same schema.
   */
  readonly arguments?: z.ZodType<Args>;
}

/** The parsed arguments of a schema with these fields. */
export type ArgumentsIn<Shape extends z.core.$ZodShape> = z.output<z.ZodObject<Shape>>;

/** A component that keeps its name and its schema as types. */
export interface Typed<Name extends string, Shape extends z.core.$ZodShape> {
  readonly name: Name;
  readonly arguments: z.ZodObject<Shape>;
}

/** The same, as written: without arguments the schema is left out. */
export type Declared<Name extends string, Shape extends z.core.$ZodShape> = Pick<Typed<Name, Shape>, 'name'> &
  Partial<Pick<Typed<Name, Shape>, 'arguments'>>;

/** What a component's arguments are once parsed. */
export type ArgumentsOf<Type> = Type extends { readonly arguments: z.ZodType<infer Args> }
  ? string extends keyof Args
    ? object
    : Args
  : object;

/** The arguments of all components of a list. */
export type AllArgumentsOf<Types extends readonly unknown[]> = Intersection<ArgumentsOf<Types[number]>>;

type Intersection<Union> = (Union extends unknown ? (member: Union) => void : never) extends (
  all: infer All,
) => void
  ? { [Name in keyof All]: All[Name] }
  : never;

/** The fields of a component's argument schema, by name; none if it has no arguments. */
export function shapeOf({ arguments: schema }: Pick<Component, 'arguments'>): Readonly<z.ZodRawShape> {
  return (schema as { readonly shape?: z.ZodRawShape } | undefined)?.shape ?? {};
}
