import type { OutputKind } from '../criteria/criterion-type.js';
import type { LocalModel } from './local-model.js';
import { trainLocally } from './train-locally.js';
import type { Trainer } from './trainer.js';

/** Creates a trainer of a model that computes losses and gradients in this process, with the optimizers of this package. */
export function createLocalTrainer(model: LocalModel, output: OutputKind = 'scores'): Trainer {
  return {
    describe: () => ({ manifest: model.manifest, output, correctsGradients: true }),
    train: (training) => trainLocally({ ...training, model }),
    evaluate: (weights, samples) => model.loss(weights, samples),
    predict: (weights, samples) => model.predict(weights, samples),
    gradient: (weights, samples, seed) => model.lossAndGradient(weights.slice(), samples, seed).gradient,
    layerSeconds: (weights, samples) => model.layerSeconds?.(weights, samples),
  };
}
