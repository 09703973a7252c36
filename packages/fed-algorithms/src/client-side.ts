import type { RunArguments } from './arguments.js';
import type { Manifest, TensorSpec } from './model/index.js';
import type { Awaitable } from './training/trainer.js';
import type { LocalResult } from './training/train-locally.js';
import type { Vector, Vectors } from './vector.js';

/** A participant's part of an algorithm: how local training differs from plain SGD, and the data sent with the update. */
export interface ClientSide<Args extends object = any> {
  /** Names of vectors that a participant carries between rounds: zero at first, kept on its side. */
  readonly state?: readonly string[];
  /** The `state` vector that holds the participant's personal model, used for evaluation and prediction. */
  readonly personal?: string;
  /** Tensors that stay with the participant: training resumes from its own values, and the update is zero there. */
  readonly localTensors?: (manifest: Manifest, args: RunArguments & Args) => readonly TensorSpec[];
  /** Updates are mostly zeros: if the run requests no compression, zeros are omitted from the upload. */
  readonly sparse?: true;
  /** Called before each optimizer step: changes the gradient of the local loss, in place. Values that are not trained stay as they are. */
  readonly correctGradient?: (context: GradientContext<Args>) => void;
  /** Names of the vectors that `finish` sends alongside the update. An update without one of them fails. */
  readonly sends?: readonly string[];
  /** The vectors of `sends` that `finish` sends only in some rounds. */
  readonly optionalSends?: readonly string[];
  /** Called after local training: changes the state in place and returns the data to send with the update. */
  readonly finish?: (context: Finish<Args>) => Auxiliary | void | Promise<Auxiliary | void>;
}

export interface GradientContext<Args extends object = any> {
  readonly gradient: Vector;
  /** Current local weights w_k. */
  readonly weights: Vector;
  /** Weights of the global model w that this round started from. */
  readonly global: Vector;
  readonly state: Vectors;
  /** What the server sends with the global model. */
  readonly received: Vectors;
  readonly args: RunArguments & Args;
}

export interface Finish<Args extends object = any> extends Omit<GradientContext<Args>, 'gradient'> {
  readonly trained: LocalResult;
  /** w_k − w of the values that are trained, 0 at the others: what control variates and norms are made of. */
  readonly change: Vector;
  readonly round: number;
  readonly manifest: Manifest;
  /** This participant has not taken part before: its state is zero. */
  readonly isFirst: boolean;
  /** Mean loss of a model over the local data. Await it: a trainer may compute in another process. */
  loss(weights: Vector): Awaitable<number>;
  /** Gradient of that loss. */
  gradient(weights: Vector): Awaitable<Vector>;
  /** Seconds that each layer takes for a batch, by the layer's index; undefined where that cannot be measured. */
  layerSeconds(): readonly number[] | undefined;
  /** Trains another model on the local data as the run says, with a correction of the gradient of its own. */
  fit(from: Vector, correctGradient?: (gradient: Vector, weights: Vector) => void): Promise<LocalResult>;
}

/** Data sent to the TTP with an update. */
export interface Auxiliary {
  readonly vectors?: Vectors;
  readonly values?: Readonly<Record<string, number>>;
}
