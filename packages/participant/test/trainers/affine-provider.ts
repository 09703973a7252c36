import type { LocalResult, Manifest, TrainerProvider, Vector } from '@synergos/fed-algorithms';
import { expectTensors } from '../../src/training/expect-tensors.js';

/** An affine function of two features, trained on the squared error by code of its own, as if in another process. */
export const affineProvider: TrainerProvider = {
  kind: 'affine',
  async open({ tensors }) {
    const description = { manifest, output: 'scores', correctsGradients: true } as const;
    expectTensors(tensors, description, 'the affine function');
    await Promise.resolve();
    return {
      describe: () => description,
      async train({ start, samples, args, signal, correctGradient, onEpoch }): Promise<LocalResult> {
        const weights = start.slice();
        let loss = 0;
        for (let epoch = 1; epoch <= args.epochs; epoch++) {
          signal.throwIfAborted();
          loss = squaredError(weights, samples);
          const gradient = gradientOf(weights, samples);
          correctGradient?.(gradient, weights);
          for (const [at, slope] of gradient.entries()) weights[at]! -= args.lr * slope;
          onEpoch?.(epoch, loss);
          await Promise.resolve();
        }
        const { epochs, lr } = args;
        return { weights, loss, epochs, steps: epochs, stoppedEarly: false, lrSum: epochs * lr };
      },
      evaluate: (weights, samples) => Promise.resolve(squaredError(weights, samples)),
      predict: (weights, samples) => Promise.resolve(outputs(weights, samples)),
      gradient: (weights, samples) => Promise.resolve(gradientOf(weights, samples)),
    };
  },
};

const manifest: Manifest = {
  tensors: [
    { name: 'slope', shape: [2], offset: 0, size: 2, trainable: true },
    { name: 'intercept', shape: [1], offset: 2, size: 1, trainable: true },
  ],
  size: 3,
};

interface Rows {
  readonly features: Float32Array;
  readonly targets: Float32Array;
  readonly count: number;
}

function outputs([a = 0, b = 0, intercept = 0]: Vector, { features, count }: Rows): Float32Array {
  return Float32Array.from(
    { length: count },
    (_, row) => a * features[2 * row]! + b * features[2 * row + 1]! + intercept,
  );
}

function squaredError(weights: Vector, rows: Rows): number {
  const errors = outputs(weights, rows).map((output, row) => (output - rows.targets[row]!) ** 2);
  return errors.reduce((sum, error) => sum + error, 0) / rows.count;
}

function gradientOf(weights: Vector, rows: Rows): Float32Array {
  const gradient = new Float32Array(3);
  for (const [row, output] of outputs(weights, rows).entries()) {
    const slope = (2 * (output - rows.targets[row]!)) / rows.count;
    gradient[0]! += slope * rows.features[2 * row]!;
    gradient[1]! += slope * rows.features[2 * row + 1]!;
    gradient[2]! += slope;
  }
  return gradient;
}
