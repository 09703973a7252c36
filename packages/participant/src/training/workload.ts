import { modelParameters, type Model, type ModelShapes } from '@synergos/fed-algorithms';
import type { BackendName } from './backend.js';

/** Multiply-adds of a forward pass from which WebAssembly is the faster; below, its fixed cost per kernel outweighs. */
const WASM_PAYS_FROM = 50_000;

/** Float32 values that a layer's output may hold in evaluation: 16 MiB. */
const LARGEST_OUTPUT = 2 ** 22;
const LARGEST_BATCH = 4096;

/** By the batch's work alone, never by the machine, so that all workers round alike. */
export function chooseBackend(multiplyAdds: number): BackendName {
  return multiplyAdds < WASM_PAYS_FROM ? 'cpu' : 'wasm';
}

/** Multiply-adds of one sample's forward pass: weights times the positions they are applied at, and each output. */
export function workPerSample(model: Model, { outputs }: ModelShapes): number {
  return model.reduce((work, layer, index) => {
    const weight = modelParameters([layer]).find(
      ({ name, trainable }) => trainable && name.endsWith('.weight'),
    );
    const [channels = 1, ...positions] = outputs[index]!;
    const isConvolution = layer.l_type === 'Conv1d' || layer.l_type === 'Conv2d';
    const places = isConvolution ? product(positions) : product(outputs[index]!.slice(0, -1));
    return work + product(weight?.shape ?? [0]) * places + channels * product(positions);
  }, 0);
}

/** Samples in a batch of evaluation, so that memory stays bounded whatever their number. */
export function largestBatch({ input, outputs }: ModelShapes): number {
  const largest = Math.max(...[input, ...outputs].map(product));
  return Math.max(1, Math.min(LARGEST_BATCH, Math.floor(LARGEST_OUTPUT / largest)));
}

function product(lengths: readonly number[]): number {
  return lengths.reduce((result, length) => result * length, 1);
}
