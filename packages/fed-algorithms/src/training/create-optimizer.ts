import type { RunArguments } from '../arguments.js';
import { builtInComponents, type Components } from '../components.js';
import type { Manifest } from '../model/tensors.js';
import { zerosLike, type Vector } from '../vector.js';
import type { Optimizer, OptimizerSettings, OptimizerType } from './optimizers/optimizer-type.js';

export interface RunOptimizer extends Optimizer {
  readonly settings: OptimizerSettings;
  /**
   * Sum of the learning rates of all steps; those of a linear optimizer count as often as its momentum repeats them. It
   * says how far the steps move a weight whose gradient is 1 throughout.
   */
  readonly lrSum: number;
}

/**
 * Creates the run's optimizer over a model's flat vectors, in the precision of `weights`. Only trainable tensors move.
 * @param components the optimizers that `args.optimizer` selects from.
 */
export function createOptimizer(
  args: RunArguments,
  manifest: Manifest,
  weights: Vector = new Float32Array(0),
  components: Pick<Components, 'optimizers'> = builtInComponents,
): RunOptimizer {
  const type = components.optimizers.get(args.optimizer);
  const settings = type.settings(args);
  // Every rule moves each weight by itself, so each run of trainable tensors has its own optimizer.
  const parts = trainableRanges(manifest).map(([start, end]) => ({
    start,
    end,
    optimizer: type.create(args, settings, end - start, (size) => zerosLike(weights, size)),
  }));
  const probe = createProbe(type, args, settings);
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

/** A separate weight whose gradient is 1 throughout. A linear optimizer moves it; otherwise the learning rate alone does. */
function createProbe(type: OptimizerType, args: RunArguments, settings: OptimizerSettings) {
  const optimizer = type.linear
    ? type.create({ ...args, weight_decay: 0 }, settings, 1, (size) => new Float64Array(size))
    : { step: (weight: Vector) => void (weight[0]! -= settings.lr) };
  const weight = new Float64Array(1);
  const gradient = Float64Array.of(1);
  return {
    step: () => optimizer.step(weight, gradient),
    get moved() {
      return -weight[0]!;
    },
  };
}

/** Neighbouring trainable tensors, joined: [start, end) of each run. */
function trainableRanges(manifest: Manifest): [start: number, end: number][] {
  const ranges: [number, number][] = [];
  for (const { trainable, offset, size } of manifest.tensors) {
    const last = ranges.at(-1);
    if (!trainable) continue;
    if (last && last[1] === offset) last[1] = offset + size;
    else ranges.push([offset, offset + size]);
  }
  return ranges;
}
