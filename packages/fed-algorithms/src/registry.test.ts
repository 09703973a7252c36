import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Algorithm } from './algorithm.js';
import { describeAlgorithms } from './describe-algorithms.js';
import { InvalidArguments } from './errors.js';
import { builtInComponents } from './components.js';
import type { LoadedPlugin } from './plugin.js';
import { createRegistry } from './registry.js';
import { parseRunArguments } from './run-arguments.js';

const registry = createRegistry();
const parse = (raw: unknown) => parseRunArguments(registry, raw).arguments;
const plugin = (source: string, ...algorithms: Algorithm[]): LoadedPlugin => ({
  source,
  plugin: { apiVersion: 1, algorithms },
});

function issuesOf(raw: unknown) {
  try {
    parse(raw);
  } catch (error) {
    if (error instanceof InvalidArguments) return error.issues;
    throw error;
  }
  throw new Error('accepted');
}

describe('createRegistry', () => {
  it('finds an algorithm by name, built in or from a plug-in', () => {
    const mine: Algorithm = { name: 'Mine', summary: 'Nothing new.' };
    const both = createRegistry([plugin('mine', mine)]);
    expect(both.get('Mine')).toBe(mine);
    expect(both.get('FedAvg').name).toBe('FedAvg');
    const listed = both.list().map(({ algorithm, source }) => [algorithm.name, source]);
    expect(listed.filter(([, source]) => source === 'mine')).toEqual([['Mine', 'mine']]);
    const ours = listed.filter(([, source]) => source === '@synergos/fed-algorithms').map(([name]) => name);
    expect(ours).toEqual([
      'FedAvg',
      'FedProx',
      'FedAvgM',
      'FedAdagrad',
      'FedAdam',
      'FedYogi',
      'SCAFFOLD',
      'FedNova',
      'FedDyn',
      'q-FedAvg',
      'FedBN',
      'Ditto',
      'FedBuff',
      'FedAsync',
      'FedSplit',
      'FedGKT',
      'FedSwarm',
      'FedPrune',
    ]);
  });

  it('names both sources when a name is given twice', () => {
    const again: Algorithm = { name: 'FedAvg', summary: 'Another.' };
    expect(() => createRegistry([plugin('theirs', again)])).toThrow(
      expect.objectContaining({
        code: 'plugin',
        message: expect.stringMatching(/theirs and @synergos\/fed-algorithms .*'FedAvg'/) as string,
      }),
    );
  });

  it('lists what exists for a name that does not', () => {
    expect(() => registry.get('FedMagic')).toThrow(
      "algorithm: unknown algorithm 'FedMagic'; there are FedAvg, FedProx, FedAvgM, FedAdagrad, ",
    );
  });
});

describe('parseRunArguments', () => {
  it.each([{ aggregator: 'median' }, { client_momentum: 0.5 }])(
    'refuses %o where an algorithm aggregates no updates',
    (raw) => {
      expect(() => parse({ algorithm: 'FedSplit', ...raw })).toThrow(
        `${Object.keys(raw)[0]}: FedSplit aggregates no updates`,
      );
    },
  );

  it('refuses a FedGKT whose TTP learns from nothing', () => {
    const raw = { algorithm: 'FedGKT', alpha: 0 };
    expect(parse(raw)).toMatchObject(raw);
    expect(issuesOf({ ...raw, whether_distill_on_the_server: false })).toEqual([
      { path: 'alpha', message: expect.stringContaining('expected alpha > 0, got 0') as string },
    ]);
  });

  it("fills in Synergos' defaults", () => {
    expect(parse({})).toMatchObject({
      algorithm: 'FedProx',
      rounds: 10,
      epochs: 100,
      batch_size: null,
      lr: 0.001,
      lr_decay: 0.1,
      weight_decay: 0,
      mu: 0.1,
      l1_lambda: 0,
      l2_lambda: 0,
      optimizer: 'SGD',
      criterion: 'BCELoss',
      lr_scheduler: 'CyclicLR',
      base_lr: 0.0005,
      max_lr: 0.005,
      step_size_up: 2000,
      step_size_down: null,
      mode: 'triangular',
      gamma: null,
      cycle_momentum: true,
      cumulative_delta: false,
      base_momentum: 0.8,
      max_momentum: 0.9,
      patience: 10,
      delta: 0,
      seed: 42,
      is_condensed: true,
      precision_fractional: 5,
      fraction_fit: 1,
      min_updates: null,
      round_deadline: null,
      cohort: null,
    });
  });

  it('takes null, which the original client posts for what it does not set, as absent', () => {
    const defaults = parse({});
    const nulls = Object.fromEntries(Object.keys(defaults).map((key) => [key, null]));
    expect(parse(nulls)).toEqual(defaults);
  });

  it('gives back what it accepted, unchanged', () => {
    const given = parse({
      rounds: 3,
      betas: [0.5, 0.6],
      milestones: [1, 2],
      lr_scheduler: 'none',
      cohort: ['a'],
    });
    expect(parse(given)).toEqual(given);
  });

  it('reports keys that mean nothing, and only those', () => {
    expect(parseRunArguments(registry, { rounds: 3, last_epoch: -1, constructor: 1 }).ignored).toEqual([
      'last_epoch',
      'constructor',
    ]);
  });

  it.each([
    ...builtInComponents.criteria.names.map((criterion) => ({ criterion })),
    ...builtInComponents.optimizers.names.map((optimizer) => ({ optimizer })),
    ...builtInComponents.schedulers.names.map((lr_scheduler) => ({ lr_scheduler })),
  ])('takes %o', (raw) => {
    expect(parse(raw)).toMatchObject(raw);
  });

  it.each([
    ['criterion', 'CTCLoss', /unknown criterion 'CTCLoss'; supported: L1Loss, .*MultiLabelSoftMarginLoss/],
    ['optimizer', 'LBFGS', /unknown optimizer 'LBFGS'; supported: SGD, .*ASGD/],
    ['lr_scheduler', 'SwaLR', /unknown lr_scheduler 'SwaLR'; supported: none, .*ReduceLROnPlateau/],
    ['algorithm', {}, /expected the name/],
    ['algorithm', 'fedavg', /unknown algorithm 'fedavg'; there are FedAvg, FedProx/],
    ['mode', 'square', /triangular/],
    ['rounds', 0, /./],
    ['rounds', 1.5, /./],
    ['rounds', '10', /./],
    ['rounds', 1_000_001, /./],
    ['epochs', -1, /./],
    ['batch_size', 0, /./],
    ['lr', 0, /./],
    ['lr', Infinity, /./],
    ['lr', Number.NaN, /./],
    ['mu', -0.1, /./],
    ['momentum', 1.1, /./],
    ['fraction_fit', 0, /./],
    ['fraction_fit', 1.01, /./],
    ['cohort', [], /./],
    ['round_deadline', 0, /./],
    ['nesterov', 'yes', /./],
  ])('refuses %s = %s, naming it', (path, value, message) => {
    expect(issuesOf({ [path]: value })).toEqual([
      { path, message: expect.stringMatching(message) as string },
    ]);
  });

  it.each([
    [{ betas: [1, 0.9] }, 'betas.0', /<1/],
    [{ nesterov: true }, 'nesterov', /momentum > 0 .* got momentum 0, dampening 0/],
    [{ nesterov: true, momentum: 0.9, dampening: 0.1 }, 'nesterov', /dampening = 0: .* dampening 0.1/],
    [{ mode: 'max' }, 'mode', /CyclicLR takes triangular, .* got max/],
    [{ lr_scheduler: 'ConstantLR', factor: 1.5 }, 'factor', /factor ≤ 1, got 1.5/],
    [{ lr_scheduler: 'LinearLR', start_factor: 2 }, 'start_factor', /start_factor ≤ 1, got 2/],
    [{ lr_scheduler: 'LinearLR', end_factor: 2 }, 'end_factor', /end_factor ≤ 1, got 2/],
    [{ lr_scheduler: 'ReduceLROnPlateau', factor: 1 }, 'factor', /factor < 1, got 1/],
  ])('refuses %o, as PyTorch does', (raw, path, message) => {
    expect(issuesOf(raw)).toEqual([{ path, message: expect.stringMatching(message) as string }]);
    expect(parse({ ...raw, [path.split('.')[0]!]: undefined })).toBeDefined();
  });

  it.each(describeAlgorithms(registry))(
    'names every argument of $name that is of a wrong type or range',
    (one) => {
      type Schema = Readonly<Record<string, unknown>>;
      const propertiesOf = ({ properties }: Schema) => Object.entries(properties as Record<string, Schema>);
      for (const [name, schema] of [...propertiesOf(one.common_arguments), ...propertiesOf(one.arguments)]) {
        if (name === 'algorithm') continue;
        const { type, minimum, exclusiveMinimum, maximum, exclusiveMaximum } = {
          ...schema,
          ...numeric(schema),
        };
        const wrong: unknown[] = [{ not: 'this' }];
        if (type === 'integer') wrong.push(1.5);
        if (typeof minimum === 'number') wrong.push(minimum - 1);
        if (typeof maximum === 'number') wrong.push(maximum + 1);
        wrong.push(...[exclusiveMinimum, exclusiveMaximum].filter((bound) => bound !== undefined));
        for (const value of wrong)
          expect(issuesOf({ algorithm: one.name, [name]: value })[0]?.path.split('.')[0]).toBe(name);
      }

      /** Of an argument that may be null. */
      function numeric({ anyOf }: Schema): Schema {
        return (
          (anyOf as Schema[] | undefined)?.find(({ type }) => type === 'number' || type === 'integer') ?? {}
        );
      }
    },
  );

  it('reports every wrong argument at once', () => {
    expect(
      issuesOf({ rounds: 0, betas: [0.9, 2], lr: 'fast' })
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual(['betas.1', 'lr', 'rounds']);
  });

  it.each([[null], [[]], ['FedAvg'], [3]])('refuses %o in place of an object', (raw) => {
    expect(issuesOf(raw)).toEqual([{ path: '', message: 'expected an object of arguments' }]);
  });

  it("parses an algorithm's own arguments together with the common ones, with its own defaults", () => {
    const mine: Algorithm = {
      name: 'Mine',
      summary: 'Has arguments.',
      arguments: z.object({ tau: z.number().positive().default(0.5), layers: z.array(z.string()) }),
      defaults: { rounds: 7 },
    };
    const both = createRegistry([plugin('mine', mine)]);
    const parsed = parseRunArguments(both, { algorithm: 'Mine', layers: ['0'], tau: null });
    expect(parsed.arguments).toMatchObject({ tau: 0.5, layers: ['0'], rounds: 7, lr: 0.001 });
    expect(parsed.ignored).toEqual([]);
    expect(() => parseRunArguments(both, { algorithm: 'Mine', layers: ['0'], tau: -1 })).toThrow(/^tau: /);
    expect(() => parseRunArguments(both, { algorithm: 'Mine' })).toThrow(/^layers: /);
    expect(parseRunArguments(both, { algorithm: 'FedAvg', tau: 1 }).ignored).toEqual(['tau']);
  });

  it("keeps what an algorithm's schema says of its arguments together", () => {
    const mine: Algorithm = {
      name: 'Mine',
      summary: 'Two that go together.',
      arguments: z
        .object({ low: z.number().default(0), high: z.number().default(1) })
        .refine(({ low, high }) => low < high, { path: ['low'], error: 'expected low < high' }),
    };
    const both = createRegistry([plugin('mine', mine)]);
    expect(parseRunArguments(both, { algorithm: 'Mine' }).arguments).toMatchObject({ low: 0, high: 1 });
    expect(() => parseRunArguments(both, { algorithm: 'Mine', low: 2 })).toThrow('low: expected low < high');
  });
});
