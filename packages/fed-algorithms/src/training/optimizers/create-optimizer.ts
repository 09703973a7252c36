import type { RunArguments } from '../../arguments.js';
import type { Manifest } from '../../model/index.js';
import { zerosLike, type Vector } from '../../vector.js';
import { adadelta } from './adadelta.js';
import { adagrad } from './adagrad.js';
import { adam, adamW } from './adam.js';
import { adamax } from './adamax.js';
import { asgd } from './asgd.js';
import { nadam } from './nadam.js';
import type { Optimizer, OptimizerSettings, OptimizerType } from './optimizer.js';
import { radam } from './radam.js';
import { rmsprop } from './rmsprop.js';
import { rprop } from './rprop.js';
import { sgd } from './sgd.js';

/** Every optimizer that a run can name. */
export const optimizerTypes: Readonly<Record<RunArguments['optimizer'], OptimizerType>> = {
  SGD: sgd,
  Adam: adam,
  AdamW: adamW,
  Adamax: adamax,
  NAdam: nadam,
  RAdam: radam,
  Adagrad: adagrad,
  Adadelta: adadelta,
  RMSprop: rmsprop,
  Rprop: rprop,
  ASGD: asgd,
};

export interface RunOptimizer extends Optimizer {
  readonly settings: OptimizerSettings;
  /**
   * Σ of the learning rates of all steps, each as often as SGD's momentum repeats it: how far the steps so far go along a
   * gradient that is 1 throughout. Of other optimizers the plain sum.
   */
  readonly lrSum: number;
}

/** The run's optimizer over a model's flat vectors, as precise as `weights`: only trainable tensors are moved. */
export function createOptimizer(
  args: RunArguments,
  manifest: Manifest,
  weights: Vector = new Float32Array(0),
): RunOptimizer {
  const type = optimizerTypes[args.optimizer];
  const settings = type.settings(args);
  // Every rule works on each weight by itself, so a run of trainable tensors has an optimizer of its own.
  const parts = trainableRanges(manifest).map(([start, end]) => ({
    start,
    end,
    optimizer: type.create(args, settings, end - start, (size) => zerosLike(weights, size)),
  }));
  const probe = createProbe(args, settings);
  return {
    settings,
    step(weights, gradient) {
      for (const { start, end, optimizer } of parts)
        optimizer.step(weights.subarray(start, end), gradient.subarray(start, end));
      probe.step();
    },
    get lrSum() {
      return probe.moved;
    },
  };
}

/** A weight of its own whose gradient is 1 throughout, moved as SGD moves the others; by other optimizers' rates alone. */
function createProbe(args: RunArguments, settings: OptimizerSettings) {
  const optimizer = sgd.create({ ...args, weight_decay: 0 }, settings, 1, (size) => new Float64Array(size));
  const weight = new Float64Array(1);
  const gradient = Float64Array.of(1);
  return {
    step() {
      if (args.optimizer === 'SGD') optimizer.step(weight, gradient);
      else weight[0]! -= settings.lr;
    },
    get moved() {
      return -weight[0]!;
    },
  };
}

/** Neighbouring trainable tensors, joined: [start, end) of each run. */
export function trainableRanges(manifest: Manifest): [start: number, end: number][] {
  const ranges: [number, number][] = [];
  for (const { trainable, offset, size } of manifest.tensors) {
    const last = ranges.at(-1);
    if (!trainable) continue;
    if (last && last[1] === offset) last[1] = offset + size;
    else ranges.push([offset, offset + size]);
  }
  return ranges;
}
