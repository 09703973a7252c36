import { z } from 'zod';
import { layerType, requireSize } from './layer-type.js';
import { size } from './sizes.js';

export const Linear = layerType({
  structure: z.strictObject({ in_features: size, out_features: size, bias: z.boolean().default(true) }),
  input: 'in_features',
  output: 'out_features',
  inputShape: ({ in_features }) => [in_features],
  outputShape({ in_features, out_features }, input) {
    requireSize('in_features', input.at(-1), in_features);
    return [...input.slice(0, -1), out_features];
  },
  parameters({ in_features, out_features, bias }) {
    // kaiming_uniform with a = √5 comes to U(±1/√fan_in).
    const init = { kind: 'uniform', bound: 1 / Math.sqrt(in_features) } as const;
    const weight = { name: 'weight', shape: [out_features, in_features], trainable: true, init };
    return bias ? [weight, { name: 'bias', shape: [out_features], trainable: true, init }] : [weight];
  },
});
