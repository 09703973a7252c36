import type { RunArguments } from '../arguments.js';
import type { Vector } from '../vector.js';
import { createOptimizer } from './create-optimizer.js';
import { createScheduler } from './create-scheduler.js';
import type { LocalModel } from './local-model.js';
import { addPenalties, type LocalTraining } from './train-locally.js';

export interface PartTrainerOptions {
  readonly model: LocalModel;
  /** Moved in place. */
  readonly weights: Float32Array;
  readonly args: RunArguments;
  readonly stepsPerEpoch: number;
  readonly components: LocalTraining['components'];
}

/** Trains one part of a model whose other parts are elsewhere, with its own optimizer and scheduler. */
export interface PartTrainer {
  readonly model: LocalModel;
  readonly weights: Float32Array;
  step(gradient: Vector): void;
  endEpoch(loss: number): void;
}

export function createPartTrainer({
  model,
  weights,
  args,
  stepsPerEpoch,
  components,
}: PartTrainerOptions): PartTrainer {
  const optimizer = createOptimizer(args, model.manifest, weights, components);
  const scheduler = createScheduler({ args, settings: optimizer.settings, stepsPerEpoch, components });
  return {
    model,
    weights,
    step(gradient) {
      addPenalties(gradient, weights, args);
      optimizer.step(weights, gradient);
      scheduler.afterBatch?.();
    },
    endEpoch: (loss) => scheduler.afterEpoch?.(loss),
  };
}

/**
 * Takes the mean loss of each batch and reports that of each epoch. Every part of a model gets the same losses, so that
 * their schedules stay in step.
 */
export function createEpochLosses(stepsPerEpoch: number, endEpoch: (loss: number) => void) {
  let [sum, rows, steps] = [0, 0, 0];
  return (loss: number, count: number) => {
    sum += loss * count;
    rows += count;
    if (++steps % stepsPerEpoch !== 0) return;
    endEpoch(sum / rows);
    [sum, rows] = [0, 0];
  };
}
