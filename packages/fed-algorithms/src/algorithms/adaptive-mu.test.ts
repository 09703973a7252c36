import { describe, expect, it } from 'vitest';
import { softmaxRegression } from '../../test/softmax-regression.js';
import { distance, loadCases } from '../../test/vectors.js';
import { federate } from '../harness/federation.js';
import { createRegistry } from '../registry.js';
import { parseRunArguments } from '../run-arguments.js';
import type { Numbers } from '../server-side.js';
import type { Vector } from '../vector.js';
import { globalLoss, nextMu } from './adaptive-mu.js';

interface Losses {
  readonly metric_values: number[];
  readonly initial_mu: number;
  readonly step: number;
  readonly decrease_after: number;
}
it.each(loadCases<Losses, number[]>('adaptive-mu'))(
  'mu goes as in $id of pfl-research',
  ({ input, expected, tolerance_abs }) => {
    let numbers: Numbers = { mu: input.initial_mu };
    const mus = input.metric_values.map((loss) => {
      numbers = nextMu(numbers, loss, { mu_step: input.step, mu_patience: input.decrease_after });
      return numbers.mu!;
    });
    expect(distance(mus, expected)).toBeLessThanOrEqual(tolerance_abs);
  },
);

it.each(loadCases<{ pairs: [number, number][] }, number>('flower-weighted-loss'))(
  'the global loss is that of $id of Flower',
  ({ input, expected }) => {
    expect(globalLoss(input.pairs.map(([samples, loss]) => ({ samples, loss })))).toBe(expected);
  },
);

it('the global loss counts each sample the same, and is no NaN without any', () => {
  expect(
    globalLoss([
      { samples: 1, loss: 4 },
      { samples: 3, loss: 0 },
    ]),
  ).toBe(1);
  expect(globalLoss([{ samples: 0, loss: 4 }])).toBe(0);
});

describe('FedProx with mu_adaptive', () => {
  const samples = (...targets: number[]) => ({
    features: Float32Array.from(targets, (target, row) => target * 2 - row),
    shape: [1],
    targets: Float32Array.from(targets),
    count: targets.length,
  });
  const devices = { a: { samples: samples(0, 1, 0) }, b: { samples: samples(1, 1) } };
  async function modelsOf(change: object, initial: Vector = new Float64Array(4)): Promise<Vector[]> {
    const models: Vector[] = [];
    const args = {
      algorithm: 'FedProx',
      lr: 0.5,
      epochs: 5,
      shuffle: false,
      lr_scheduler: 'none',
      ...change,
    };
    for await (const { weights } of federate({
      devices,
      model: softmaxRegression(1, 2),
      arguments: args,
      initial,
    }))
      models.push(weights);
    return models;
  }

  it('trains each round by the mu that the losses before it led to', async () => {
    // The first loss counts as a fall: mu goes from 1 to 0.25 in one step.
    const adaptive = { mu: 1, mu_adaptive: true, mu_step: 0.75, mu_patience: 1, rounds: 2 };
    const [first, second] = await modelsOf(adaptive);
    expect([first]).toEqual(await modelsOf({ mu: 1, rounds: 1 }));
    expect([second]).toEqual(await modelsOf({ mu: 0.25, rounds: 1 }, first));
    expect(second).not.toEqual((await modelsOf({ mu: 1, rounds: 2 }))[1]);
  });

  it('refuses a mu above 1, to which it would never return', () => {
    const parse = (mu_adaptive: boolean) => parseRunArguments(createRegistry(), { mu: 1.5, mu_adaptive });
    expect(() => parse(true)).toThrow(/^mu: .*got 1.5/);
    expect(parse(false).arguments.mu).toBe(1.5);
  });
});
