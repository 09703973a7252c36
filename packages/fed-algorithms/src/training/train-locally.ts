import { setImmediate } from 'node:timers/promises';
import type { RunArguments } from '../arguments.js';
import { builtInComponents, type Components } from '../components.js';
import { deriveSeed } from '../model/random.js';
import type { Vector } from '../vector.js';
import { batchSizeOf, epochBatches } from './batches.js';
import { createEarlyStopping } from './early-stopping.js';
import { Diverged, NoSamples } from './errors.js';
import type { LocalModel } from './local-model.js';
import { createOptimizer } from './create-optimizer.js';
import { createBatches, type Samples } from './samples.js';
import { createScheduler } from './create-scheduler.js';

/** The event loop runs between two steps after this time, so that heartbeats continue. */
const BLOCK_MS = 20;

export interface LocalTraining {
  readonly model: LocalModel;
  readonly samples: Samples;
  /** The weights to start from; not changed. */
  readonly start: Vector;
  readonly args: RunArguments;
  /** Orders the samples and draws the dropout masks. */
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Changes the gradient before each step, in place. */
  readonly correctGradient?: ((gradient: Vector, weights: Vector) => void) | undefined;
  readonly onEpoch?: ((epoch: number, loss: number) => void) | undefined;
  /** The optimizers and schedulers that the arguments select from. @defaultValue those of this package */
  readonly components?: Pick<Components, 'optimizers' | 'schedulers'> | undefined;
}

export interface LocalResult {
  /** The local model w_k. */
  readonly weights: Vector;
  readonly steps: number;
  readonly epochs: number;
  /** Mean criterion of the last epoch, without the terms of l1_lambda, l2_lambda and the algorithm. */
  readonly loss: number;
  readonly stoppedEarly: boolean;
  /** Sum of the learning rates of all steps, each as often as the momentum repeats it: how far the steps move along a constant gradient. */
  readonly lrSum: number;
}

/**
 * Trains on a participant's samples with the run's optimizer. Equal arguments give equal bytes.
 * @throws Diverged if the loss is no longer finite; the signal's reason once it aborts.
 */
export async function trainLocally(training: LocalTraining): Promise<LocalResult> {
  const { model, samples, start: from, args, seed, signal, correctGradient, onEpoch } = training;
  const { components = builtInComponents } = training;
  if (samples.count === 0) throw new NoSamples();
  const weights = from.slice();
  const optimizer = createOptimizer(args, model.manifest, weights, components);
  const stepsPerEpoch = Math.ceil(samples.count / batchSizeOf(samples.count, args));
  const scheduler = createScheduler({ args, settings: optimizer.settings, stepsPerEpoch, components });
  const earlyStopping = createEarlyStopping(args);
  const takeBatch = createBatches(samples);
  let steps = 0;
  let loss = 0;
  let blockedSince = performance.now();

  for (let epoch = 1; epoch <= args.epochs; epoch++) {
    let sum = 0;
    for (const rows of epochBatches(samples.count, args, seed, epoch)) {
      signal.throwIfAborted();
      const batch = takeBatch(rows);
      const result = model.lossAndGradient(weights, batch, deriveSeed(seed, 'dropout', steps));
      if (!Number.isFinite(result.loss)) throw new Diverged(epoch, optimizer.settings.lr);
      sum += result.loss * batch.count;

      const { gradient } = result;
      addPenalties(gradient, weights, args);
      correctGradient?.(gradient, weights);
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
    return { weights, steps, epochs, loss, stoppedEarly, lrSum: optimizer.lrSum };
  }
}

/** Gradient of l1_lambda ‖w‖₁ + (l2_lambda/2) ‖w‖². */
export function addPenalties(
  gradient: Vector,
  weights: Vector,
  { l1_lambda, l2_lambda }: RunArguments,
): void {
  if (l1_lambda === 0 && l2_lambda === 0) return;
  for (let i = 0; i < gradient.length; i++)
    gradient[i]! += l1_lambda * Math.sign(weights[i]!) + l2_lambda * weights[i]!;
}
