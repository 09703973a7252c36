import * as tf from '@tensorflow/tfjs-core';
import type { LayerFunction, LayerResult, LayerStep } from './layer-function.js';

/** A piece of a layer that is made of layers. */
export type Part = (step: LayerStep) => LayerResult;

/** A layer with its arguments bound, whose parameters have a prefix within the whole: `linear1.weight`. */
export function part<Structure>(prefix: string, layer: LayerFunction<Structure>, structure: Structure): Part {
  return (step) => {
    const own = Object.entries(step.parameters).filter(([name]) => name.startsWith(`${prefix}.`));
    const parameters = Object.fromEntries(
      own.map(([name, tensor]) => [name.slice(prefix.length + 1), tensor]),
    );
    const { output, backward } = layer(structure, { ...step, parameters });
    return {
      output,
      backward(gradient, needsInput) {
        const { input, parameters: gradients = {} } = backward(gradient, needsInput);
        return {
          ...(input && { input }),
          parameters: Object.fromEntries(
            Object.entries(gradients).map(([name, tensor]) => [`${prefix}.${name}`, tensor]),
          ),
        };
      },
    };
  };
}

/** One part after another. */
export function chain(...parts: readonly Part[]): Part {
  return (step) => {
    const results: LayerResult[] = [];
    let value = step.input;
    for (const apply of parts) {
      const result = apply({ ...step, input: value });
      results.push(result);
      value = result.output;
    }
    return {
      output: value,
      backward(gradient, needsInput) {
        const parameters: Record<string, tf.Tensor> = {};
        let flowing: tf.Tensor | undefined = gradient;
        for (const [index, result] of [...results.entries()].toReversed()) {
          const back = result.backward(flowing!, needsInput || index > 0);
          Object.assign(parameters, back.parameters);
          flowing = back.input;
        }
        return { ...(flowing && { input: flowing }), parameters };
      },
    };
  };
}

/** The input plus what a part makes of it. */
export function residual(apply: Part): Part {
  return (step) => {
    const { output, backward } = apply(step);
    return {
      output: tf.add(step.input, output),
      backward(gradient) {
        const { input, parameters = {} } = backward(gradient, true);
        return { input: tf.add(gradient, input!), parameters };
      },
    };
  };
}
