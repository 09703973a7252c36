import {
  parseModel,
  parseRunArguments,
  type Algorithm,
  type Model,
  type RunArguments,
} from '@synergos/fed-algorithms';
import { decodeSafetensors, type TrainTask, type WorkerTask } from '@synergos/rpc-core';
import { InvalidTask } from '../errors.js';
import { compileNetwork, type Network } from '../training/index.js';
import type { TaskGround } from './task-handlers.js';

/** The part that train and evaluate tasks share, ready to compute. */
export interface Workload {
  readonly model: Model;
  readonly network: Network;
  readonly algorithm: Algorithm;
  readonly args: RunArguments;
  /** The global model's weights. */
  readonly global: Float32Array;
}

type Payload = Pick<TrainTask, 'model' | 'algorithm' | 'arguments' | 'action'>;

export async function openWorkload(
  { registry, backend }: TaskGround,
  payload: Payload,
  task: WorkerTask,
): Promise<Workload> {
  const { arguments: args } = parseRunArguments(registry, payload.arguments);
  const model = parseModel(payload.model);
  const network = await compileNetwork(model, { criterion: args.criterion, action: payload.action, backend });
  const bytes = task.tensors.global;
  if (bytes === undefined) throw new InvalidTask('the task comes without the global model');
  const { tensors, data } = decodeSafetensors(bytes);
  const [got, expected] = [tensors, network.manifest.tensors].map((list) =>
    list.map(({ name, shape }) => `${name}[${shape.join(',')}]`).join(' '),
  );
  if (got !== expected) throw new InvalidTask(`the global model holds ${got}; the layers need ${expected}`);
  return { model, network, algorithm: registry.get(payload.algorithm), args, global: data };
}
