import {
  ownModel,
  parseRunArguments,
  type Algorithm,
  type RunArguments,
  type Trainer,
} from '@synergos/fed-algorithms';
import { decodeSafetensors, type RunKey, type TrainTask, type WorkerTask } from '@synergos/rpc-core';
import { InvalidTask } from '../errors.js';
import { providerFor } from '../training/providers.js';
import type { TaskContext } from './context.js';

/** A task's algorithm, arguments and global model, with a trainer of its model. */
export interface Workload {
  readonly algorithm: Algorithm;
  readonly args: RunArguments;
  readonly trainer: Trainer;
  /** Weights of the global model. */
  readonly global: Float32Array;
}

type Payload = Pick<TrainTask, 'model' | 'algorithm' | 'arguments' | 'action'>;

/** Opens a task's model with the trainer for its kind. Throws `InvalidTask` if the global model does not fit it. */
export async function openWorkload(
  { registry, trainers }: TaskContext,
  { model, algorithm, arguments: given, action }: Payload,
  task: WorkerTask,
): Promise<Workload> {
  const { arguments: args } = parseRunArguments(registry, given);
  const bytes = task.tensors.global;
  if (bytes === undefined) throw new InvalidTask('the task comes without the global model');
  const { tensors, data: global } = decodeSafetensors(bytes);
  const provider = providerFor(trainers, model);
  return {
    algorithm: registry.get(algorithm),
    args,
    trainer: await provider.open({ model, action, args, tensors }),
    global,
  };
}

/** Weights for evaluation and prediction: the participant's own model if the algorithm defines one, else the global model. */
export async function inferenceWeights(
  { states }: TaskContext,
  { algorithm, args, trainer, global }: Workload,
  key: RunKey,
): Promise<Float32Array> {
  const { personal, localTensors } = algorithm.client ?? {};
  if (personal === undefined && localTensors === undefined) return global;
  return ownModel(algorithm, args, trainer.describe().manifest, global, await states.latest(key));
}
