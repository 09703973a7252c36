import {
  createLocalTrainer,
  createRegistry,
  parseRunArguments,
  trainClient,
  type ClientResult,
  type Samples,
  type Vectors,
} from '../src/index.js';
import { absoluteErrorModel } from './absolute-error.js';

/** A local update of pfl-research: linear, no bias, absolute error, the whole data in one batch. */
export interface LocalCase {
  readonly W: readonly (readonly number[])[];
  readonly X: readonly (readonly number[])[];
  readonly targets: readonly (readonly number[])[];
  readonly lr: number;
  readonly epochs: number;
}

const registry = createRegistry();

/** A participant's part of a round on such a case, in float64, with the model and the data it ran on. */
export async function trainCase(
  { W, X, targets, lr, epochs }: LocalCase,
  raw: Readonly<Record<string, unknown>>,
  received: Vectors = {},
  state?: Vectors,
) {
  const model = absoluteErrorModel(W.length, W[0]!.length);
  const samples: Samples = {
    features: Float32Array.from(X.flat()),
    shape: [W.length],
    targets: Float32Array.from(targets.flat()),
    count: X.length,
  };
  const global = Float64Array.from(W.flat());
  const args = parseRunArguments(registry, { lr, epochs, lr_scheduler: 'none', ...raw }).arguments;
  const result: ClientResult = await trainClient({
    algorithm: registry.get(args.algorithm),
    args,
    trainer: createLocalTrainer(model),
    samples,
    global,
    received,
    state,
    round: 1,
    seed: 1,
    signal: new AbortController().signal,
  });
  return { ...result, model, samples, global };
}
