import { expect, it } from 'vitest';
import { criteria } from './criteria/index.js';
import { aggregators } from './aggregators/index.js';
import { optimizers } from './training/optimizers/index.js';
import { schedulers } from './training/schedulers/index.js';
import { checkConformance } from './conformance.js';
import { loadPlugin } from './plugins.js';

const renamed = <Type extends { readonly name: string }>(types: readonly Type[]) =>
  types.map((type) => ({ ...type, name: `Other${type.name}` }));

it('accepts the components of this package as a plug-in', async () => {
  const plugin = {
    apiVersion: 1,
    aggregators: renamed(aggregators),
    optimizers: renamed(optimizers),
    schedulers: renamed(schedulers),
    criteria: renamed(criteria),
  };
  await expect(checkConformance(plugin)).resolves.toBeUndefined();
});

it('accepts the example', async () => {
  const example = '../../../examples/plugin-components/index.js';
  const { plugin } = await loadPlugin(example, import.meta.dirname);
  await expect(checkConformance(plugin)).resolves.toBeUndefined();
});

it.each<[string, object, string]>([
  [
    'an aggregator that draws random numbers',
    {
      aggregators: [
        {
          ...{ name: 'random', summary: 'Random.' },
          create: () => ({
            kind: 'collect',
            aggregate: async ({ size }: { size: number }) => new Float32Array(size).map(Math.random),
          }),
        },
      ],
    },
    "aggregator 'random' does not conform: expected that equal updates give equal bits",
  ],
  [
    'a criterion with a wrong gradient',
    {
      criteria: [
        {
          ...{ name: 'Wrong', summary: 'Wrong.', fits: { regress: ['scores'] } },
          create: () => ({
            loss: (scores: Float32Array, target: number, gradient: Float32Array) => {
              gradient[0] = 1;
              return (scores[0]! - target) ** 2;
            },
          }),
        },
      ],
    },
    "criterion 'Wrong' on scores to regress does not conform: expected that the gradient of output 0 agrees",
  ],
  [
    'an optimizer that diverges',
    {
      optimizers: [
        {
          ...{ name: 'Diverging', summary: 'Diverges.', settings: ({ lr }: { lr: number }) => ({ lr }) },
          create: () => ({ step: (weights: Float32Array) => void weights.fill(Infinity) }),
        },
      ],
    },
    "optimizer 'Diverging' does not conform: expected that weights stay finite",
  ],
])('refuses %s', async (_what, lists, message) => {
  await expect(checkConformance({ apiVersion: 1, ...lists })).rejects.toThrow(message);
});
