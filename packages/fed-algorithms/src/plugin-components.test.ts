import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { aggregate } from './aggregate.js';
import { aggregatorType } from './aggregators/aggregator-type.js';
import { createColumnwise } from './aggregators/columnwise.js';
import { capabilitiesOf, lackingFor } from './capabilities.js';
import { criterionType } from './criteria/criterion-type.js';
import { describeAlgorithms } from './describe-algorithms.js';
import { PluginError } from './errors.js';
import { createManifest, inferShapes, parseModel, checkCriterion } from './model/index.js';
import type { Plugin } from './plugin.js';
import { checkPlugin } from './plugins.js';
import { createRegistry } from './registry.js';
import { parseRunArguments } from './run-arguments.js';
import { aggregatorOf } from './server-step.js';
import { optimizerType } from './training/optimizers/optimizer-type.js';
import { schedulerType } from './training/schedulers/scheduler-type.js';

/** The mean of the smallest and the largest value. */
const midrange = aggregatorType({
  name: 'midrange',
  summary: 'The middle between the smallest and the largest value of each coordinate.',
  arguments: z.object({ midrange_shift: z.number().default(0).describe('added to each coordinate') }),
  create: ({ midrange_shift }) =>
    createColumnwise((columns, _weights, out) => {
      for (let i = 0; i < out.length; i++) {
        const values = columns.map((column) => column[i]!);
        out[i] = (Math.min(...values) + Math.max(...values)) / 2 + midrange_shift;
      }
    }),
});
const signSgd = optimizerType({
  name: 'SignSGD',
  summary: 'Steps by the sign of the gradient.',
  settings: ({ lr }) => ({ lr }),
  create: (_args, settings) => ({
    step: (weights, gradient) => {
      for (let i = 0; i < weights.length; i++) weights[i]! -= settings.lr * Math.sign(gradient[i]!);
    },
  }),
});
const halving = schedulerType({
  name: 'Halving',
  summary: 'The learning rate halves at intervals.',
  arguments: z.object({
    halve_every: z.number().int().min(1).default(5).describe('epochs between halvings'),
  }),
  create: ({ args, settings }) => {
    let epoch = 0;
    return {
      afterEpoch: () => {
        if (++epoch % args.halve_every === 0) settings.lr /= 2;
      },
    };
  },
});
const logCosh = criterionType({
  name: 'LogCosh',
  summary: 'log(cosh(e)) of the error e.',
  fits: { regress: ['scores'] },
  create: () => ({
    loss: (scores, target, gradient) => {
      const error = scores[0]! - target;
      gradient[0] = Math.tanh(error);
      return Math.log(Math.cosh(error));
    },
  }),
});
const double = {
  name: 'Double',
  summary: 'Twice its input.',
  structure: z.strictObject({ factor: z.number().default(2) }),
  keepsShape: true,
  outputShape: (_structure: object, input: readonly number[]) => input,
  compute: () => undefined,
};
const plugin: Plugin = {
  apiVersion: 1,
  aggregators: [midrange],
  optimizers: [signSgd],
  schedulers: [halving],
  criteria: [logCosh],
  layers: [double],
};
const registry = createRegistry([{ source: 'mine', plugin: checkPlugin('mine', plugin) }]);
const layers = [
  { l_type: 'Double', structure: {} },
  { l_type: 'Linear', structure: { in_features: 2, out_features: 1 } },
];

describe('components of a plug-in', () => {
  it('are names that a run accepts, with their own arguments', () => {
    const given = {
      aggregator: 'midrange',
      midrange_shift: 0.5,
      optimizer: 'SignSGD',
      lr_scheduler: 'Halving',
      halve_every: 2,
      criterion: 'LogCosh',
    };
    const { arguments: args, ignored } = parseRunArguments(registry, given);
    expect(args).toMatchObject(given);
    expect(ignored).toEqual([]);
    expect(parseRunArguments(registry, {}).arguments).toMatchObject({ midrange_shift: 0, halve_every: 5 });
  });

  it('are unknown to a process without the plug-in', () => {
    expect(() => parseRunArguments(createRegistry(), { aggregator: 'midrange' })).toThrow(
      /unknown aggregator 'midrange'; supported: mean, /,
    );
    expect(() => parseModel(layers)).toThrow(/unknown layer 'Double'/);
  });

  it('report their arguments as ignored in a run that does not name them', () => {
    expect(parseRunArguments(registry, { midrange_shift: 1, halve_every: 2 }).ignored).toEqual([
      'midrange_shift',
      'halve_every',
    ]);
  });

  it('are listed in the argument schema of every algorithm', () => {
    const { common_arguments } = describeAlgorithms(registry)[0]!;
    expect(common_arguments).toMatchObject({
      properties: {
        midrange_shift: { type: 'number', default: 0, description: 'midrange: added to each coordinate' },
        halve_every: { description: 'Halving: epochs between halvings' },
      },
    });
    expect(JSON.stringify(common_arguments)).toContain('"fixed-point","midrange"');
  });

  it('aggregate, by name in a run and as an object in aggregate()', async () => {
    const { arguments: args } = parseRunArguments(registry, { algorithm: 'FedAvg', aggregator: 'midrange' });
    expect(aggregatorOf(registry.get('FedAvg'), args, registry).kind).toBe('collect');
    const updates = [1, 2, 9].map((value) => Float32Array.of(value));
    expect([...(await aggregate(midrange, updates, { midrange_shift: 1 } as object))]).toEqual([6]);
  });

  it('make a model, with shapes and a manifest', () => {
    const model = parseModel(layers, registry);
    expect(inferShapes(model, [2]).output).toEqual([1]);
    expect(createManifest(model).tensors.map(({ name }) => name)).toEqual(['1.weight', '1.bias']);
    expect(JSON.parse(JSON.stringify(model))[0]).toEqual({
      activation: 'identity',
      is_input: false,
      l_type: 'Double',
      structure: { factor: 2 },
    });
    checkCriterion(model, 'LogCosh', 'regress', { components: registry });
    expect(() => checkCriterion(model, 'LogCosh', 'classify', { components: registry })).toThrow(
      /does not fit/,
    );
  });

  it('are capabilities that a worker without the plug-in lacks', () => {
    const run = {
      args: parseRunArguments(registry, { aggregator: 'midrange', optimizer: 'SignSGD' }).arguments,
      model: parseModel(layers, registry),
    };
    expect(lackingFor(run, capabilitiesOf(registry))).toEqual([]);
    expect(lackingFor(run, capabilitiesOf(createRegistry()))).toEqual([
      'layer Double',
      'optimizer SignSGD',
      'aggregator midrange',
    ]);
    expect(lackingFor(run, [])).toContain('aggregator midrange');
  });
});

describe('a plug-in is refused', () => {
  const withArguments = (shape: z.ZodRawShape) => ({
    apiVersion: 1,
    aggregators: [{ ...midrange, arguments: z.object(shape) }],
  });

  it.each<[string, object, RegExp]>([
    [
      'with the name of an existing component',
      { apiVersion: 1, aggregators: [{ ...midrange, name: 'median' }] },
      /theirs and @synergos\/fed-algorithms both define an aggregator 'median'/,
    ],
    [
      'with an argument without a default',
      withArguments({ shift: z.number() }),
      /argument 'shift' of aggregator 'midrange' has no default/,
    ],
    [
      'with another schema for an existing argument of a component',
      withArguments({ trim: z.number().default(3) }),
      /aggregator 'midrange' defines argument 'trim' otherwise than aggregator 'trimmed-mean' does/,
    ],
    [
      'with another schema for an argument of all runs',
      withArguments({ rounds: z.string().default('many') }),
      /aggregator 'midrange' defines argument 'rounds' otherwise than every run does/,
    ],
    [
      'with a field that does not exist',
      { apiVersion: 1, optimizers: [{ ...signSgd, steps: 3 }] },
      /malformed: optimizers\.0: .*"steps"/,
    ],
    [
      'with a list that does not exist',
      { apiVersion: 1, engines: [{}], algorithms: [] },
      /malformed: .*"engines"/,
    ],
    [
      'with a layer that cannot compute',
      { apiVersion: 1, layers: [{ ...double, compute: undefined }] },
      /malformed: layers\.0\.compute: expected a function/,
    ],
    [
      'with a criterion for unknown outputs',
      { apiVersion: 1, criteria: [{ ...logCosh, fits: { classify: ['anything'] } }] },
      /malformed: criteria\.0\.fits\.classify\.0: /,
    ],
    ['written for another API version', { ...plugin, apiVersion: 2 }, /plug-in API 2, this is 1/],
  ])('%s', (_what, exported, message) => {
    expect(() => checkPlugin('theirs', exported)).toThrow(PluginError);
    expect(() => checkPlugin('theirs', exported)).toThrow(message);
    // One line, which ends a start.
    expect(() => checkPlugin('theirs', exported)).toThrow(/^plug-in 'theirs'.*$/);
  });

  it('if another plug-in defines the name', () => {
    const named = (source: string) => ({ source, plugin });
    expect(() => createRegistry([named('mine'), named('theirs')])).toThrow(
      "theirs and mine both define an aggregator 'midrange'",
    );
  });

  it('unless it shares an argument with the same schema', () => {
    const shared = { apiVersion: 1, aggregators: [{ ...midrange, arguments: z.object({}) }] };
    expect(() => checkPlugin('theirs', shared)).not.toThrow();
  });
});
