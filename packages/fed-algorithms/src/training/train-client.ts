import type { Algorithm } from '../algorithm.js';
import type { RunArguments } from '../arguments.js';
import type { Auxiliary } from '../client-side.js';
import { AlgorithmsError } from '../errors.js';
import type { Manifest } from '../model/index.js';
import { partitionOf, type Range } from '../model/partition.js';
import { deriveSeed } from '../model/random.js';
import { zerosLike, type Vector, type Vectors } from '../vector.js';
import type { Samples } from './samples.js';
import { nextMomentum } from './update-momentum.js';
import type { LocalResult, LocalTraining } from './train-locally.js';
import type { Trainer } from './trainer.js';

/** The state vector that holds a participant's own values of an algorithm's local tensors. */
const LOCAL = 'local';
/** The one that holds the momentum of its updates. */
const MOMENTUM = 'momentum';

export interface ClientTraining {
  readonly algorithm: Algorithm;
  readonly args: RunArguments;
  readonly trainer: Trainer;
  readonly samples: Samples;
  readonly global: Vector;
  /** Data that the server sent with the global model. */
  readonly received: Vectors;
  /** State of this participant after its last round; undefined in its first. */
  readonly state: Vectors | undefined;
  readonly round: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onEpoch?: ((epoch: number, loss: number) => void) | undefined;
  /** The optimizers and schedulers that the arguments select from. @defaultValue those of this package */
  readonly components?: LocalTraining['components'];
}

export interface ClientResult extends Required<Auxiliary> {
  /** Δ_k = w_k − w, zero at local tensors; with `client_momentum` its momentum. */
  readonly update: Vector;
  readonly trained: LocalResult;
  /** For this participant's next round. */
  readonly state: Vectors;
}

/**
 * Runs a participant's part of one round: local training with the algorithm's corrections.
 * @throws AlgorithmsError `trainer_unsupported` if the algorithm needs what the trainer does not offer.
 */
export async function trainClient(training: ClientTraining): Promise<ClientResult> {
  const { algorithm, args, trainer, samples, global, received, round, seed, signal } = training;
  const { client = {} } = algorithm;
  const { manifest, correctsGradients } = trainer.describe();
  if (client.correctGradient !== undefined && !correctsGradients)
    throw unsupported(algorithm, 'corrects gradients');
  const state: Record<string, Vector> = {};
  for (const name of client.state ?? []) state[name] = training.state?.[name]?.slice() ?? zerosLike(global);
  const common = { global, state, received, args };
  const fit = (
    start: Vector,
    correctGradient?: (gradient: Vector, weights: Vector) => void,
    onEpoch?: ClientTraining['onEpoch'],
  ) =>
    trainer.train({
      ...{ samples, start, args, seed, signal, correctGradient, onEpoch },
      components: training.components,
    });

  const start = withLocalTensors(algorithm, args, manifest, global, training.state);
  const trained = await fit(
    start,
    client.correctGradient &&
      ((gradient, weights) => client.correctGradient?.({ ...common, gradient, weights })),
    training.onEpoch,
  );
  const update = trained.weights.map((value, index) => value - global[index]!);
  const untrained = partitionOf(manifest)?.untrained.ranges ?? [];
  const auxiliary =
    (await client.finish?.({
      ...common,
      weights: trained.weights,
      change: zeroedAt(untrained, update),
      trained,
      round,
      manifest,
      isFirst: training.state === undefined,
      loss: (weights) => trainer.evaluate(weights, samples),
      gradient: (weights) => {
        if (trainer.gradient === undefined) throw unsupported(algorithm, 'needs gradients');
        return trainer.gradient(weights, samples, deriveSeed(seed, 'gradient'));
      },
      layerSeconds: () => trainer.layerSeconds?.(trained.weights, samples),
      fit,
    })) ?? {};
  const local = client.localTensors?.(manifest, args) ?? [];
  if (local.length > 0) {
    state[LOCAL] = trained.weights.slice();
    for (const { offset, size } of local) update.fill(0, offset, offset + size);
  }
  if (args.client_momentum > 0) {
    const momentum = nextMomentum(training.state?.[MOMENTUM], update, args.client_momentum);
    for (const { offset, size } of untrained) momentum.set(update.subarray(offset, offset + size), offset);
    state[MOMENTUM] = momentum;
    update.set(momentum);
  }
  return { update, trained, state, vectors: auxiliary.vectors ?? {}, values: auxiliary.values ?? {} };
}

function unsupported({ name }: Algorithm, need: string): AlgorithmsError {
  return new AlgorithmsError(
    'trainer_unsupported',
    `${name} ${need}, which the trainer of this model does not offer; choose another algorithm`,
  );
}

/** Returns the vector itself if there is nothing to zero: it must not be changed. */
function zeroedAt(ranges: readonly Range[], vector: Vector): Vector {
  if (ranges.length === 0) return vector;
  const zeroed = vector.slice();
  for (const { offset, size } of ranges) zeroed.fill(0, offset, offset + size);
  return zeroed;
}

/** Whether this participant keeps anything between the rounds of such a run. */
export function carriesState({ client = {} }: Algorithm, args: RunArguments): boolean {
  return (client.state ?? []).length > 0 || client.localTensors !== undefined || args.client_momentum > 0;
}

/** The model that a participant evaluates and predicts with: its own if the algorithm has one, else the global one. */
export function ownModel<V extends Vector>(
  algorithm: Algorithm,
  args: RunArguments,
  manifest: Manifest,
  global: V,
  state: Vectors | undefined,
): V {
  const personal = algorithm.client?.personal;
  if (personal !== undefined) return (state?.[personal] as V | undefined) ?? global;
  return withLocalTensors(algorithm, args, manifest, global, state);
}

function withLocalTensors<V extends Vector>(
  { client }: Algorithm,
  args: RunArguments,
  manifest: Manifest,
  global: V,
  state: Vectors | undefined,
): V {
  const own = state?.[LOCAL];
  if (client?.localTensors === undefined || own === undefined) return global;
  const weights = global.slice() as V;
  for (const { offset, size } of client.localTensors(manifest, args))
    weights.set(own.subarray(offset, offset + size), offset);
  return weights;
}
