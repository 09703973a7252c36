import { joinMembers, parseModel, type Samples } from '@synergos/fed-algorithms';
import { describe, expect, it } from 'vitest';
import { compileEnsemble } from './ensemble.js';
import { compileNetwork } from './network.js';

const samples: Samples = {
  features: Float32Array.of(1, 2, -1, 0.5, 0, -2),
  shape: [2],
  targets: Float32Array.of(1, 0, 1),
  count: 3,
};
const shares = [0.25, 0.75];

const outputs = [
  ['sigmoid', 1, 'BCELoss', 'classify'],
  ['softmax', 2, 'CrossEntropyLoss', 'classify'],
  ['log_softmax', 2, 'NLLLoss', 'classify'],
  ['identity', 1, 'MSELoss', 'regress'],
] as const;

describe.each(outputs)('an ensemble whose members end in %s', (activation, units, criterion, action) => {
  const model = parseModel([
    { l_type: 'Linear', structure: { in_features: 2, out_features: units }, activation },
  ]);
  const size = 3 * units;
  const members = [0.3, -0.4].map((scale) =>
    Float32Array.from({ length: size }, (_, i) => scale * Math.sin(3 * i + 1)),
  );

  it('predicts the mean of their outputs, by their shares; of probabilities, not of their logarithms', async () => {
    const network = await compileNetwork(model, { criterion, action, backend: 'cpu' });
    const ensemble = await compileEnsemble(model, { criterion, action, backend: 'cpu' }, 2);
    const [first, second] = members.map((weights) => network.predict(weights, samples));
    const isLogarithm = activation === 'log_softmax';
    const mean = first!.map((value, i) => {
      const [a, b] = [value, second![i]!].map((one) => (isLogarithm ? Math.exp(one) : one));
      const together = shares[0]! * a! + shares[1]! * b!;
      return isLogarithm ? Math.log(together) : together;
    });
    const predicted = ensemble.predict(joinMembers(members, shares), samples);
    predicted.forEach((value, i) => expect(value).toBeCloseTo(mean[i]!, 5));
  });

  it('of one member is that member, its loss too', async () => {
    const network = await compileNetwork(model, { criterion, action, backend: 'cpu' });
    const alone = await compileEnsemble(model, { criterion, action, backend: 'cpu' }, 1);
    const weights = members[0]!;
    const joined = joinMembers([weights], [1]);
    expect(alone.manifest.size).toBe(size + 1);
    expect(alone.loss(joined, samples)).toBeCloseTo(network.loss(weights, samples), 5);
    const [own, its] = [network.predict(weights, samples), alone.predict(joined, samples)];
    its.forEach((value, i) => expect(value).toBeCloseTo(own[i]!, 5));
  });
});
