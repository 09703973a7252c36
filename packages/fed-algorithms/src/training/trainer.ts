import type { RunArguments } from '../arguments.js';
import type { OutputKind } from '../criteria/criterion-type.js';
import type { Manifest } from '../model/tensors.js';
import type { Vector } from '../vector.js';
import type { Samples } from './samples.js';
import type { LocalResult, LocalTraining } from './train-locally.js';

export type Awaitable<Value> = Value | Promise<Value>;

export interface ModelDescription {
  /** Names, shapes and places of the model's tensors in a flat vector. */
  readonly manifest: Manifest;
  /** Meaning of the outputs of `predict`: scores, or the probabilities of a sigmoid or softmax. */
  readonly output: OutputKind;
  /** Whether `train` calls `correctGradient`. Algorithms that correct gradients are refused otherwise. */
  readonly correctsGradients: boolean;
}

/**
 * Trains, evaluates and applies one model on a participant's samples. Weights are flat vectors of the named tensors that
 * `describe` lists. The client sides of algorithms use it without knowing how the model computes.
 */
export interface Trainer {
  describe(): ModelDescription;
  /**
   * Trains a copy of `start` as the run's arguments say: the same inputs give the same weights.
   * @throws Diverged if the loss is not finite; the reason of `signal` when it aborts.
   */
  train(training: Omit<LocalTraining, 'model'>): Promise<LocalResult>;
  /** Mean loss over the samples. */
  evaluate(weights: Vector, samples: Samples): Awaitable<number>;
  /** Outputs, [count × units]. */
  predict(weights: Vector, samples: Samples): Awaitable<Float32Array>;
  /** Gradient of the mean loss over the samples. Absent: algorithms that need it are refused. */
  gradient?(weights: Vector, samples: Samples, seed: number): Awaitable<Vector>;
  /** Seconds that each layer takes for the samples; undefined if that cannot be measured. */
  layerSeconds?(weights: Vector, samples: Samples): readonly number[] | undefined;
}

/** A task's model and the conditions to train it under. */
export interface TrainerTask {
  /** The model as the experiment defines it: a list of layers, or an object with a `kind`. */
  readonly model: unknown;
  readonly action: 'regress' | 'classify';
  readonly args: RunArguments;
  /** Names and shapes of the global model's tensors. */
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

/** Creates trainers for one kind of model. A worker chooses it by the task's model. */
export interface TrainerProvider {
  /** `layers` for a list of layers, else the `kind` of the model. */
  readonly kind: string;
  /** Throws an error that names the tensor if the global model does not fit the definition. */
  open(task: TrainerTask): Promise<Trainer>;
}
