import {
  checkCriterion,
  createManifest,
  foldEnding,
  inferShapes,
  InvalidModel,
  outputKind,
  type Action,
  type BatchCriterion,
  type Components,
  type LocalModel,
  type Model,
  type ModelShapes,
  type RunArguments,
  type Samples,
  type Vector,
} from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import { startBackend, type BackendName } from './backend.js';
import { createCriterion, type Criterion } from './criteria.js';
import { secondsOfLayers } from './layer-seconds.js';
import { forward, toTensor, toTensors, type Pass } from './pass.js';

export interface NetworkOptions {
  /**
   * The criterion's name, as in the run's `criterion`. If absent, the layers are part of a model: their output is that of
   * the last activation, and each pass has its own criterion.
   */
  readonly criterion?: string;
  /** The run arguments that the criterion reads. @defaultValue PyTorch's defaults for those that are absent */
  readonly criterionArguments?: Partial<RunArguments>;
  /** The criteria that the name selects from. @defaultValue those of `@synergos/fed-algorithms` */
  readonly components?: Pick<Components, 'criteria'> | undefined;
  readonly action: Action;
  /**
   * `wasm` gives the same bytes on every machine. It is as fast as `cpu` on the smallest models, and faster on all others.
   * `tensorflow` rounds as its native libraries do. @defaultValue wasm
   */
  readonly backend?: BackendName;
}

/** A model ready to compute in float32. It evaluates in batches of bounded size. */
export type Network = Required<LocalModel>;

/**
 * Compiles a model to loss, gradient and predictions over one flat weight vector. The network's functions throw
 * `InvalidModel` if the samples do not have the shape that the model takes.
 * @throws InvalidArguments if the criterion does not fit the model's output.
 */
export async function compileNetwork(written: Model, options: NetworkOptions): Promise<Network> {
  if (options.criterion !== undefined)
    checkCriterion(written, options.criterion, options.action, checkOf(options));
  const model = foldEnding(written);
  const manifest = createManifest(model);
  const backend = await startBackend(options.backend ?? 'wasm');
  const fitted = fitShapes(model, options);
  const readsScores = options.criterion !== undefined && outputKind(model) !== 'scores';

  /** Runs the batches and collects what `read` takes from each pass. */
  function evaluate(
    weights: Vector,
    samples: Samples,
    read: (pass: Pass) => tf.Tensor,
    seed?: number,
  ): Float32Array {
    const { units, largest } = fitted(samples.shape);
    const all = new Float32Array(samples.count * units);
    for (const { start, batch } of inBatches(samples, largest)) {
      const values = backend.run(() => {
        const mode = seed === undefined ? { training: false } : { training: true, seed };
        const pass = forward(model, toTensors(weights, manifest), toTensor(batch), { ...mode, readsScores });
        return read(pass).dataSync() as Float32Array;
      });
      all.set(values, start * units);
    }
    return all;
  }

  return {
    manifest,
    lossAndGradient(
      weights,
      batch,
      seed,
      { criterion = meanOf(fitted(batch.shape).criterion), ofInput = false } = {},
    ) {
      return backend.run(() => {
        const tensors = toTensors(weights, manifest);
        const pass = forward(model, tensors, toTensor(batch), { training: true, seed, readsScores });
        const scores = pass.scores.dataSync() as Float32Array;
        const ofScores = new Float32Array(scores.length);
        const loss = criterion(scores, batch, ofScores);
        pass.storeBuffers(weights, manifest);
        return { loss, ...pass.backward(tf.tensor(ofScores, pass.scores.shape), manifest, ofInput) };
      });
    },

    predict: (weights, samples) => evaluate(weights, samples, (pass) => pass.output()),

    scores: (weights, samples, seed) => evaluate(weights, samples, (pass) => pass.scores, seed),

    loss(weights, samples) {
      const { criterion, units, largest } = fitted(samples.shape);
      const scores = evaluate(weights, samples, (pass) => pass.scores);
      let sum = 0;
      let total = 0;
      for (const { start, batch } of inBatches(samples, largest)) {
        const part = scores.subarray(start * units, (start + batch.count) * units);
        const { mean, weight } = criterion(part, batch.targets, new Float32Array(part.length));
        sum += mean * weight;
        total += weight;
      }
      return total === 0 ? 0 : sum / total;
    },

    outputShape: (shape) => inferShapes(model, shape).output,

    layerSeconds: (weights, batch) =>
      backend.run(() => secondsOfLayers(model, toTensors(weights, manifest), toTensor(batch))),
  };
}

interface Fitted {
  readonly units: number;
  readonly criterion: Criterion;
  /** Samples in a batch of evaluation. */
  readonly largest: number;
}

/** Parts that depend on the samples' shape. With images, only the samples determine it. */
function fitShapes(model: Model, options: NetworkOptions): (shape: readonly number[]) => Fitted {
  const { criterion, criterionArguments: given, action, components } = options;
  const known = new Map<string, Fitted>();
  return (shape) => {
    const key = shape.join();
    const fitted = known.get(key) ?? fit(shape);
    known.set(key, fitted);
    return fitted;
  };

  function fit(shape: readonly number[]): Fitted {
    const shapes = inferShapes(model, shape);
    const largest = evaluationBatch(shapes);
    if (criterion === undefined) {
      const units = shapes.output.reduce((size, length) => size * length, 1);
      return { units, largest, criterion: noCriterion };
    }
    const [units = 1, ...rest] = shapes.output;
    if (rest.length > 0) {
      const message = `its output is [${shapes.output.join(', ')}] for each sample: end in Flatten and Linear`;
      throw new InvalidModel([{ path: `model.${model.length - 1}`, message }]);
    }
    checkCriterion(model, criterion, action, { ...checkOf(options), units });
    return {
      units,
      largest,
      criterion: createCriterion({ criterion, action, kind: outputKind(model), units, given, components }),
    };
  }
}

function checkOf({ criterionArguments: given, components }: NetworkOptions) {
  return { given, components };
}

/** Means are comparable between batches and participants of different sizes; the gradient is as `reduction` says. */
function meanOf(criterion: Criterion): BatchCriterion {
  return (scores, { targets }, ofScores) => criterion(scores, targets, ofScores).mean;
}

function noCriterion(): never {
  throw new Error('part of a model has no criterion: pass one');
}

/** Float32 values that a layer's output may hold in evaluation: 16 MiB. */
const LARGEST_OUTPUT = 2 ** 22;
const LARGEST_BATCH = 4096;

function evaluationBatch({ input, outputs }: ModelShapes): number {
  const largest = Math.max(
    ...[input, ...outputs].map((shape) => shape.reduce((size, length) => size * length, 1)),
  );
  return Math.max(1, Math.min(LARGEST_BATCH, Math.floor(LARGEST_OUTPUT / largest)));
}

function* inBatches(samples: Samples, largest: number): Generator<{ start: number; batch: Samples }> {
  const width = samples.features.length / samples.count;
  for (let start = 0; start < samples.count; start += largest) {
    const end = Math.min(start + largest, samples.count);
    const features = samples.features.subarray(start * width, end * width);
    const targets = samples.targets.subarray(start, end);
    const batch = { features, shape: samples.shape, targets, count: end - start };
    const units = (samples.teacher?.length ?? 0) / samples.count;
    const teacher = samples.teacher?.subarray(start * units, end * units);
    yield { start, batch: teacher === undefined ? batch : { ...batch, teacher } };
  }
}
