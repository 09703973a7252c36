import { describe, expect, it } from 'vitest';
import { runArgumentsSchema } from './arguments.js';
import { createRegistry } from './registry.js';
import { parseRunArguments } from './run-arguments.js';

const mine = { name: 'Mine', summary: 'A plug-in that says nothing of what it reads.' };
const registry = createRegistry([{ source: 'mine', plugin: { apiVersion: 1, algorithms: [mine] } }]);
const parse = (raw: object) => parseRunArguments(registry, raw);

describe('arguments without effect', () => {
  it.each([
    ['mu outside of FedProx and FedAsync', { algorithm: 'FedAdam', mu: 0.5 }, ['mu']],
    ['mu of FedProx', { algorithm: 'FedProx', mu: 0.5 }, []],
    ['mu of FedAsync', { algorithm: 'FedAsync', mu: 0.5 }, []],
    [
      'options of a rule that is not named',
      { byzantine: 1, clip_norm: 1, trim: 0.2 },
      ['byzantine', 'clip_norm', 'trim'],
    ],
    ['options of the rule', { aggregator: 'krum', byzantine: 1 }, []],
    ['options of another rule', { aggregator: 'krum', byzantine: 1, krum_selected: 2 }, ['krum_selected']],
    ['options that need another', { aggregator: 'norm-clipping', clip_norm: 1, clip_lr: 0.1 }, ['clip_lr']],
    [
      'arguments of another optimizer',
      { optimizer: 'Adam', betas: [0.9, 0.99], momentum: 0.9, rho: 0.5 },
      ['momentum', 'rho'],
    ],
    ['arguments of the optimizer', { optimizer: 'SGD', momentum: 0.9, weight_decay: 0.1 }, []],
    ['gamma without a schedule that decays', { gamma: 0.9 }, ['gamma']],
    ['gamma of CyclicLR by exp_range', { gamma: 0.9, mode: 'exp_range' }, []],
    ['gamma of StepLR', { lr_scheduler: 'StepLR', gamma: 0.9 }, []],
    [
      'rates of CyclicLR without it',
      { lr_scheduler: 'none', base_lr: 0.1, max_lr: 1 },
      ['base_lr', 'max_lr'],
    ],
    ['lr under CyclicLR', { lr_scheduler: 'CyclicLR', lr: 0.5 }, ['lr']],
    [
      'lr under CyclicLR that the algorithm reads',
      { algorithm: 'q-FedAvg', lr_scheduler: 'CyclicLR', lr: 0.5 },
      [],
    ],
    ['arguments of another criterion', { criterion: 'MSELoss', label_smoothing: 0.1 }, ['label_smoothing']],
    ['a share to keep without top-k', { compression: 'int8', compression_keep: 0.2 }, ['compression_keep']],
    ['choices of cohorts without rounds', { algorithm: 'FedBuff', fraction_fit: 0.5 }, ['fraction_fit']],
    ["arguments that are an algorithm's own", { algorithm: 'FedGKT', alpha: 0.5 }, []],
    [
      "Synergos' own",
      { is_condensed: true, precision_fractional: 5 },
      ['is_condensed', 'precision_fractional'],
    ],
    ['beta_2 of FedAdagrad, which has none', { algorithm: 'FedAdagrad', beta_2: 0.5 }, ['beta_2']],
    ['any of a plug-in that does not say what it reads', { algorithm: 'Mine', mu: 1, byzantine: 2 }, []],
    ['what is null', { mu: null, byzantine: null }, []],
  ])('are reported: %s', (_what, raw, ignored) => {
    expect([...parse(raw).ignored].sort()).toEqual(ignored);
  });

  it('are taken all the same: the full list of the original client runs', () => {
    const full = runArgumentsSchema.parse({});
    const { arguments: args, ignored } = parse({ ...full, lr_scheduler: 'CyclicLR', last_epoch: -1 });
    expect(args).toMatchObject({ lr_scheduler: 'CyclicLR', mu: 0.1 });
    expect(ignored).toEqual(expect.arrayContaining(['last_epoch', 'lr', 'byzantine']));
  });
});

describe('the learning rate', () => {
  it.each([
    [{ lr: 0.5 }, 'none'],
    [{ lr: 0.5, lr_scheduler: null }, 'none'],
    [{ lr: 0.5, lr_scheduler: 'CyclicLR' }, 'CyclicLR'],
    [{ lr: 0.5, base_lr: 0.1 }, 'CyclicLR'],
    [{ lr: 0.5, max_lr: 0.1 }, 'CyclicLR'],
    [{}, 'CyclicLR'],
  ])('%o is that of %s', (raw, scheduler) => {
    expect(parse(raw).arguments.lr_scheduler).toBe(scheduler);
  });

  it('stays as it was stored when a run is read again', () => {
    for (const raw of [{ lr: 0.5 }, {}, { lr: 0.5, max_lr: 1 }]) {
      const { arguments: stored } = parse(raw);
      expect(parse(stored).arguments).toEqual(stored);
    }
  });
});

it('FedAdagrad has no momentum unless a run asks for it, as in the paper', () => {
  expect(parse({ algorithm: 'FedAdagrad' }).arguments).toMatchObject({ beta_1: 0 });
  expect(parse({ algorithm: 'FedAdam' }).arguments).toMatchObject({ beta_1: 0.9, beta_2: 0.99 });
});

describe('noise', () => {
  const noisy = { aggregator: 'norm-clipping', noise_multiplier: 1 };
  it.each([
    [{ algorithm: 'q-FedAvg' }, /^noise_multiplier: the model of q-FedAvg depends on loss /],
    [{ algorithm: 'FedNova' }, /^noise_multiplier: the model of FedNova depends on a /],
    [{ algorithm: 'FedProx', mu_adaptive: true }, /^noise_multiplier: the model of FedProx depends on loss /],
  ])('is refused where the model depends on exact numbers: %o', (raw, message) => {
    expect(() => parse({ ...noisy, ...raw })).toThrow(message);
  });

  it('is taken by FedProx whose mu stays', () => {
    expect(parse({ ...noisy, algorithm: 'FedProx' }).arguments).toMatchObject(noisy);
  });
});
