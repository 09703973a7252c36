import {
  membersOf,
  ownModel,
  parseModel,
  parseRunArguments,
  type Algorithm,
  type Model,
  type RunArguments,
} from '@synergos/fed-algorithms';
import { compileEnsemble, compileNetwork, type Network, type Predictor } from '@synergos/networks';
import {
  decodeSafetensors,
  type RunKey,
  type TensorInfo,
  type TrainTask,
  type WorkerTask,
} from '@synergos/rpc-core';
import { InvalidTask } from '../errors.js';
import type { TaskContext } from './context.js';

/** What all tasks on a run's global model share, ready to compute. */
interface Common {
  readonly model: Model;
  readonly algorithm: Algorithm;
  readonly args: RunArguments;
  /** The global model's weights. */
  readonly global: Float32Array;
}

export interface Workload extends Common {
  readonly network: Network;
}

/** The same for measuring and predicting: the global model may be an ensemble. */
export interface Measurable extends Common {
  readonly network: Predictor;
}

type Payload = Pick<TrainTask, 'model' | 'algorithm' | 'arguments' | 'action'>;

export async function openWorkload(
  context: TaskContext,
  payload: Payload,
  task: WorkerTask,
): Promise<Workload> {
  const { options, tensors, ...common } = parse(context, payload, task);
  const network = await compileNetwork(common.model, options);
  expectTensors(tensors, network);
  return { ...common, network };
}

export async function openMeasurable(
  context: TaskContext,
  payload: Payload,
  task: WorkerTask,
): Promise<Measurable> {
  const { options, tensors, ...common } = parse(context, payload, task);
  const members = membersOf(tensors);
  const network =
    members === 0
      ? await compileNetwork(common.model, options)
      : await compileEnsemble(common.model, options, members);
  expectTensors(tensors, network);
  return { ...common, network };
}

/** The weights that this participant measures and predicts with: its own where the algorithm gives it some. */
export async function weightsHere(
  { states }: TaskContext,
  { algorithm, args, network, global }: Measurable,
  key: RunKey,
): Promise<Float32Array> {
  const { personal, localTensors } = algorithm.client ?? {};
  if (personal === undefined && localTensors === undefined) return global;
  return ownModel(algorithm, args, network.manifest, global, await states.latest(key));
}

function parse({ registry, backend }: TaskContext, payload: Payload, task: WorkerTask) {
  const { arguments: args } = parseRunArguments(registry, payload.arguments);
  const bytes = task.tensors.global;
  if (bytes === undefined) throw new InvalidTask('the task comes without the global model');
  const { tensors, data } = decodeSafetensors(bytes);
  return {
    model: parseModel(payload.model),
    algorithm: registry.get(payload.algorithm),
    args,
    global: data,
    tensors,
    options: { criterion: args.criterion, criterionArguments: args, action: payload.action, backend },
  };
}

function expectTensors(tensors: readonly TensorInfo[], { manifest }: Pick<Network, 'manifest'>): void {
  const [got, expected] = [tensors, manifest.tensors].map((list) =>
    list.map(({ name, shape }) => `${name}[${shape.join(',')}]`).join(' '),
  );
  if (got !== expected) throw new InvalidTask(`the global model holds ${got}; the layers need ${expected}`);
}
