import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runArgumentsSchema } from './arguments.js';
import { describeAlgorithms } from './describe-algorithms.js';
import { createRegistry } from './registry.js';
import { parseRunArguments } from './run-arguments.js';

type Properties = Record<string, { description?: string; default?: unknown }>;
const registry = createRegistry();
const all = describeAlgorithms(registry);
const of = (name: string) => all.find((one) => one.name === name)!;
const propertiesOf = (schema: unknown) => (schema as { properties: Properties }).properties;

describe('describeAlgorithms', () => {
  it('lists name, source, summary and paper of every algorithm', () => {
    expect(all.map(({ name }) => name)).toEqual(registry.list().map(({ algorithm }) => algorithm.name));
    expect(of('FedAvgM')).toMatchObject({
      source: '@synergos/fed-algorithms',
      summary: 'FedAvg with momentum on the server.',
      paper: expect.stringMatching(/^Hsu et al. 2019/) as string,
    });
  });

  it('describes every argument', () => {
    for (const { name, ...schemas } of all)
      for (const schema of [schemas.arguments, schemas.common_arguments])
        for (const [argument, { description }] of Object.entries(propertiesOf(schema)))
          expect(description, `${name}.${argument}`).toMatch(/\S/);
  });

  it('lists the defaults of a run', () => {
    for (const { name, ...schemas } of all) {
      const run = parseRunArguments(registry, { algorithm: name }).arguments;
      const properties = {
        ...propertiesOf(schemas.common_arguments),
        ...propertiesOf(schemas.arguments),
      };
      const told = Object.entries(properties).map(([argument, { default: value }]) => [argument, value]);
      expect(Object.fromEntries(told)).toEqual(run);
    }
  });

  it('describes types and ranges as JSON schema', () => {
    expect(of('FedAvgM').arguments).toMatchObject({
      type: 'object',
      properties: { server_momentum: { type: 'number', minimum: 0, exclusiveMaximum: 1, default: 0.9 } },
    });
    expect(of('FedAvg').common_arguments).toMatchObject({
      properties: {
        rounds: { type: 'integer', minimum: 1 },
        mu: { default: 0 },
        aggregator: { default: null },
      },
    });
    expect(JSON.parse(JSON.stringify(all))).toEqual(all);
  });

  it("names a plug-in's source, and does not list a common argument that it takes for its own", () => {
    const mine = {
      name: 'Mine',
      summary: 'Ours.',
      arguments: z.object({ mu: z.number().default(3).describe('of ours') }),
    };
    const both = createRegistry([{ source: './mine.js', plugin: { apiVersion: 1, algorithms: [mine] } }]);
    const described = describeAlgorithms(both).at(-1)!;
    expect(described).toMatchObject({ name: 'Mine', source: './mine.js', paper: null });
    expect(propertiesOf(described.arguments)).toMatchObject({ mu: { default: 3, description: 'of ours' } });
    expect(propertiesOf(described.common_arguments)).not.toHaveProperty('mu');
    expect(Object.keys(propertiesOf(described.common_arguments))).toHaveLength(
      Object.keys(runArgumentsSchema.shape).length - 1,
    );
  });
});
