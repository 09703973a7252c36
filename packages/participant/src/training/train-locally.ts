import { setImmediate } from 'node:timers/promises';
import { createRandom, deriveSeed, type Algorithm, type RunArguments } from '@synergos/fed-algorithms';
import { createEarlyStopping } from './early-stopping.js';
import { Diverged, NoSamples } from './errors.js';
import type { Network } from './network.js';
import { createOptimizer } from './optimizers/create-optimizer.js';
import type { Samples } from './samples.js';
import { createScheduler } from './schedulers/create-scheduler.js';

/** Between two steps the event loop gets its turn after this long, so that heartbeats go on. */
const BLOCK_MS = 20;

export interface LocalTraining {
  readonly network: Network;
  readonly samples: Samples;
  /** Weights of the global model; not changed. */
  readonly global: Float32Array;
  readonly args: RunArguments;
  readonly algorithm: Algorithm;
  /** Orders the samples and draws the dropout masks. */
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onEpoch?: (epoch: number, loss: number) => void;
}

export interface LocalResult {
  /** The local model w_k. */
  readonly weights: Float32Array;
  readonly steps: number;
  readonly epochs: number;
  /** Mean criterion of the last epoch, without the terms of l1_lambda, l2_lambda and the algorithm. */
  readonly loss: number;
  readonly stoppedEarly: boolean;
}

/**
 * Trains from the global model on a participant's samples: a function of its arguments alone, to the byte.
 * @throws Diverged where the loss is no longer finite; the signal's reason once it aborts.
 */
export async function trainLocally(training: LocalTraining): Promise<LocalResult> {
  const { network, samples, global, args, algorithm, seed, signal, onEpoch } = training;
  if (samples.count === 0) throw new NoSamples();
  const weights = global.slice();
  const batchSize = Math.min(args.batch_size ?? samples.count, samples.count);
  const optimizer = createOptimizer(args, network.manifest);
  const stepsPerEpoch = Math.ceil(samples.count / batchSize);
  const scheduler = createScheduler({ args, settings: optimizer.settings, stepsPerEpoch });
  const earlyStopping = createEarlyStopping(args);
  const takeBatch = createBatches(samples);
  let steps = 0;
  let loss = 0;
  let blockedSince = performance.now();

  for (let epoch = 1; epoch <= args.epochs; epoch++) {
    const order = createRandom(deriveSeed(seed, 'order', epoch)).permutation(samples.count);
    let sum = 0;
    for (let start = 0; start < samples.count; start += batchSize) {
      signal.throwIfAborted();
      const batch = takeBatch(order.subarray(start, start + batchSize));
      const result = network.lossAndGradient(weights, batch, deriveSeed(seed, 'dropout', steps));
      if (!Number.isFinite(result.loss)) throw new Diverged(epoch, optimizer.settings.lr);
      sum += result.loss * batch.count;

      const { gradient } = result;
      addPenalties(gradient, weights, args);
      algorithm.client?.correctGradient?.({ gradient, weights, global, args });
      optimizer.step(weights, gradient);
      scheduler.afterBatch?.();
      steps++;
      if (performance.now() - blockedSince > BLOCK_MS) {
        await setImmediate();
        blockedSince = performance.now();
      }
    }
    loss = sum / samples.count;
    scheduler.afterEpoch?.(loss);
    onEpoch?.(epoch, loss);
    const last = epoch === args.epochs;
    if (earlyStopping.stopsAfter(loss) && !last) return finish(epoch, true);
  }
  return finish(args.epochs, false);

  function finish(epochs: number, stoppedEarly: boolean): LocalResult {
    if (!weights.every(Number.isFinite)) throw new Diverged(epochs, optimizer.settings.lr);
    return { weights, steps, epochs, loss, stoppedEarly };
  }
}

/** Gradient of l1_lambda ‖w‖₁ + (l2_lambda/2) ‖w‖². */
function addPenalties(
  gradient: Float32Array,
  weights: Float32Array,
  { l1_lambda, l2_lambda }: RunArguments,
): void {
  if (l1_lambda === 0 && l2_lambda === 0) return;
  for (let i = 0; i < gradient.length; i++)
    gradient[i]! += l1_lambda * Math.sign(weights[i]!) + l2_lambda * weights[i]!;
}

function createBatches(samples: Samples): (rows: Uint32Array) => Samples {
  const width = samples.features.length / samples.count;
  return (rows) => {
    // Of its own: a backend may keep the array it is given.
    const features = new Float32Array(rows.length * width);
    const targets = new Float32Array(rows.length);
    for (const [place, row] of rows.entries()) {
      features.set(samples.features.subarray(row * width, (row + 1) * width), place * width);
      targets[place] = samples.targets[row]!;
    }
    return { features, shape: samples.shape, targets, count: rows.length };
  };
}
