import fc, { type Arbitrary } from 'fast-check';

/** The part of JSON Schema that zod generates. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minItems?: number;
}

/** Valid bodies of a schema, and the same with one part replaced by an invalid value. */
export function bodiesOf(schema: Schema | undefined, nasty: Arbitrary<unknown>): Arbitrary<unknown> {
  const valid = valueOf(schema ?? {}, nasty);
  return fc.oneof(
    { weight: 4, arbitrary: valid },
    {
      weight: 5,
      arbitrary: fc.tuple(valid, fc.nat(), nasty).map(([body, where, odd]) => spoiled(body, where, odd)),
    },
    { weight: 1, arbitrary: nasty },
  );
}

function valueOf(schema: Schema, nasty: Arbitrary<unknown>): Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((one) => valueOf(one, nasty)));
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  if (types.length === 0) return nasty;
  return fc.oneof(...types.map((type) => ofType(type, schema, nasty)));
}

function ofType(type: string, schema: Schema, nasty: Arbitrary<unknown>): Arbitrary<unknown> {
  const { minimum = schema.exclusiveMinimum ?? -1e6, maximum = 1e6 } = schema;
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: Math.ceil(minimum), max: Math.min(maximum, 1e6) });
    case 'number':
      return fc.double({
        min: minimum,
        max: maximum,
        noNaN: true,
        minExcluded: schema.exclusiveMinimum !== undefined,
      });
    case 'string':
      return fc.oneof(
        fc.constantFrom('c', 'p', 'e', 'r', 'alice', 'FedAvg', 'Linear'),
        fc.string({ maxLength: 20 }),
      );
    case 'array':
      return arrayOf(schema, nasty);
    default:
      return objectOf(schema, nasty);
  }
}

function arrayOf(
  { items, prefixItems, minItems = 0 }: Schema,
  nasty: Arbitrary<unknown>,
): Arbitrary<unknown> {
  if (prefixItems !== undefined) return fc.tuple(...prefixItems.map((one) => valueOf(one, nasty)));
  return fc.array(valueOf(items ?? {}, nasty), { minLength: minItems, maxLength: minItems + 3 });
}

function objectOf(
  { properties = {}, required = [], additionalProperties }: Schema,
  nasty: Arbitrary<unknown>,
) {
  const fields = Object.entries(properties).map(([name, one]) => [name, valueOf(one, nasty)] as const);
  const known = fc.record(Object.fromEntries(fields), { requiredKeys: [...required] });
  if (typeof additionalProperties !== 'object') return known;
  const more = fc.dictionary(fc.string({ maxLength: 10 }), valueOf(additionalProperties, nasty), {
    maxKeys: 3,
  });
  return fc.tuple(known, more).map(([some, others]) => ({ ...others, ...some }));
}

/** Replaces one part of the value at any depth. */
function spoiled(value: unknown, where: number, odd: unknown): unknown {
  if (typeof value !== 'object' || value === null) return odd;
  const keys = Object.keys(value);
  const key = keys[where % (keys.length + 1)];
  if (key === undefined) return odd;
  const inner = spoiled((value as Record<string, unknown>)[key], Math.floor(where / (keys.length + 1)), odd);
  return Array.isArray(value) ? value.with(Number(key), inner) : { ...value, [key]: inner };
}
