import { z } from 'zod';
import { LayerMisfit, layerType, requireSize, type Shape } from './layer-type.js';
import { size } from './sizes.js';

const inplace = { inplace: z.boolean().default(false) };
const number = (value: number) => z.number().default(value);
const sameShape = (_layer: unknown, input: Shape) => input;

/** An activation without parameters, written as a layer. */
function activation<Fields extends z.ZodRawShape>(fields: Fields) {
  return layerType({ structure: z.strictObject(fields), keepsShape: true, outputShape: sameShape });
}

export const ReLU = activation(inplace);
export const ReLU6 = activation(inplace);
export const LeakyReLU = activation({ negative_slope: number(0.01), ...inplace });
export const ELU = activation({ alpha: number(1), ...inplace });
export const SELU = activation(inplace);
export const CELU = activation({ alpha: z.number().positive().default(1), ...inplace });
export const GELU = activation({ approximate: z.enum(['none', 'tanh']).default('none') });
export const SiLU = activation(inplace);
export const Mish = activation(inplace);
export const Sigmoid = activation({});
export const LogSigmoid = activation({});
export const Hardsigmoid = activation(inplace);
export const Hardswish = activation(inplace);
export const Tanh = activation({});
export const Tanhshrink = activation({});
export const Softsign = activation({});
export const Hardshrink = activation({ lambd: number(0.5) });
export const Softshrink = activation({ lambd: z.number().nonnegative().default(0.5) });
export const Threshold = activation({ threshold: z.number(), value: z.number(), ...inplace });
export const Softplus = activation({ beta: z.number().positive().default(1), threshold: number(20) });
export const Hardtanh = layerType({
  structure: z
    .strictObject({ min_val: number(-1), max_val: number(1), ...inplace })
    .refine(({ min_val, max_val }) => min_val < max_val, {
      path: ['min_val'],
      error: 'must be below max_val',
    }),
  keepsShape: true,
  outputShape: sameShape,
});

export const Softmax = overDimension();
export const Softmin = overDimension();
export const LogSoftmax = overDimension();

function overDimension() {
  return layerType({
    structure: z.strictObject({ dim: z.number().int().nullable().default(null) }),
    keepsShape: true,
    outputShape({ dim }, input) {
      // PyTorch guesses as well, and takes the batch for these.
      if (dim === null && input.length === 2)
        throw new LayerMisfit('dim', `must be given for samples of shape [${input.join(', ')}]`);
      dimensionOf(dim ?? 1, input);
      return input;
    },
  });
}

export const GLU = layerType({
  structure: z.strictObject({ dim: z.number().int().default(-1) }),
  outputShape({ dim }, input) {
    const at = dimensionOf(dim, input) - 1;
    const length = input[at]!;
    if (length % 2 !== 0) throw new LayerMisfit('dim', `halves a dimension of even length, got ${length}`);
    return input.with(at, length / 2);
  },
});

export const PReLU = layerType({
  structure: z.strictObject({ num_parameters: size.default(1), init: number(0.25) }),
  keepsShape: true,
  outputShape({ num_parameters }, input) {
    if (num_parameters !== 1) requireSize('num_parameters', input[0], num_parameters);
    return input;
  },
  parameters: ({ num_parameters, init }) => [
    { name: 'weight', shape: [num_parameters], trainable: true, init: { kind: 'constant', value: init } },
  ],
});

/** A dimension of the batch, counted from the front. */
function dimensionOf(dim: number, input: Shape): number {
  const rank = input.length + 1;
  const at = dim < 0 ? dim + rank : dim;
  if (at < 1 || at >= rank) throw new LayerMisfit('dim', `must be in 1..${rank - 1}: 0 is the batch`);
  return at;
}
