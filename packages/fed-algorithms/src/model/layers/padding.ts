import { z } from 'zod';
import { LayerMisfit, layerType, requireRank, type Shape } from './layer-type.js';
import { paddingPairs } from './sizes.js';

const forms = ['[channels, length]', '[channels, height, width]', '[channels, depth, height, width]'];
const extent = z.number().int().nonnegative();

/** PyTorch's order: before and after the last dimension, then the one before it, … */
function padding(dimensions: number) {
  const count = 2 * dimensions;
  return z
    .union([extent, z.array(extent).length(count)], {
      error: `expected a whole number or ${count} of them`,
    })
    .transform((value) => (typeof value === 'number' ? Array<number>(count).fill(value) : value));
}

function padded(list: readonly number[], input: Shape): Shape {
  const pairs = paddingPairs(list);
  requireRank(input, { [pairs.length + 1]: forms[pairs.length - 1]! });
  return [input[0]!, ...pairs.map(([before, after], i) => before + input[i + 1]! + after)];
}

function zeroPad(dimensions: number) {
  return layerType({
    structure: z.strictObject({ padding: padding(dimensions) }),
    outputShape: (layer, input) => padded(layer.padding, input),
  });
}

function constantPad(dimensions: number) {
  return layerType({
    structure: z.strictObject({ padding: padding(dimensions), value: z.number() }),
    outputShape: (layer, input) => padded(layer.padding, input),
  });
}

function reflectionPad(dimensions: number) {
  return layerType({
    structure: z.strictObject({ padding: padding(dimensions) }),
    outputShape(layer, input) {
      const output = padded(layer.padding, input);
      for (const [i, pair] of paddingPairs(layer.padding).entries())
        if (Math.max(...pair) >= input[i + 1]!)
          throw new LayerMisfit('padding', `must be below the ${input[i + 1]} values that it reflects`);
      return output;
    },
  });
}

export const ZeroPad1d = zeroPad(1);
export const ZeroPad2d = zeroPad(2);
export const ZeroPad3d = zeroPad(3);
export const ConstantPad1d = constantPad(1);
export const ConstantPad2d = constantPad(2);
export const ConstantPad3d = constantPad(3);
export const ReflectionPad1d = reflectionPad(1);
export const ReflectionPad2d = reflectionPad(2);
export const ReflectionPad3d = reflectionPad(3);
export const ReplicationPad1d = zeroPad(1);
export const ReplicationPad2d = zeroPad(2);
export const ReplicationPad3d = zeroPad(3);
