import type { RunArguments } from './arguments.js';
import type { Components } from './components.js';
import type { Manifest, Model } from './model/index.js';
import type { LocalModel } from './training/local-model.js';
import type { Samples } from './training/samples.js';

/**
 * An algorithm whose rounds are not local training and averaging: the TTP asks participants, in an order of its own,
 * and they answer with tensors. A participant's rows never travel; what does is the algorithm's to say.
 */
export interface Exchange<Args extends object = any> {
  /** The TTP's side of one round. */
  readonly round: (context: ExchangeRound<Args>) => Promise<ExchangeOutcome>;
  /** The participant's side: what it does for each question. */
  readonly answers: Readonly<Record<string, (context: ExchangeAnswer<Args>) => Promise<Message>>>;
}

/** What a question or an answer carries. */
export interface Message {
  readonly values?: Readonly<Record<string, number>>;
  readonly tensors?: Tensors;
}
export type Tensors = Readonly<Record<string, Tensor>>;
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

interface Common<Args extends object> {
  readonly action: 'regress' | 'classify';
  readonly model: Model;
  readonly manifest: Manifest;
  readonly round: number;
  readonly args: RunArguments & Args;
  readonly signal: AbortSignal;
  /** The optimizers and schedulers that the arguments select from. @defaultValue those of this package */
  readonly components?: Pick<Components, 'optimizers' | 'schedulers'> | undefined;
  /** Layers ready to compute: with the run's criterion where they are a whole model, else with none of their own. */
  compile(layers: Model, part?: 'whole' | 'part'): Promise<Required<LocalModel>>;
}

export interface ExchangeRound<Args extends object = any> extends Common<Args> {
  readonly cohort: readonly string[];
  /** The global model's weights. */
  readonly weights: Float32Array;
  /** What the last round kept. */
  readonly kept: Tensors;
  /** Rejects where the participant fails or leaves. */
  ask(participant: string, question: string, message?: Message): Promise<Message>;
  /** Asks many at once; those that fail are dropped from the round, with the reason in the job's events. */
  askAll(
    participants: readonly string[],
    question: string,
    messageFor?: (participant: string) => Message,
  ): Promise<ReadonlyMap<string, Message>>;
  /** Drops a participant from the rest of this round. */
  drop(participant: string, reason: unknown): Promise<void>;
}

export interface ExchangeOutcome {
  /** The next global model: flat weights, or members of an ensemble with their shares. */
  readonly global:
    Float32Array | { readonly members: readonly Float32Array[]; readonly shares: readonly number[] };
  /** Carried to the next round, checkpointed. */
  readonly keep?: Tensors;
  /** Whose data the round learned from. */
  readonly trained: ReadonlyMap<string, { readonly samples: number; readonly loss: number }>;
}

export interface ExchangeAnswer<Args extends object = any> extends Common<Args> {
  readonly message: Message;
  /** The global model's weights. */
  readonly global: Float32Array;
  samples(): Promise<Samples>;
  /** The evaluation data, and how outputs of a model on it score: PR-AUC (classify; mean over classes) or R². */
  evaluation(): Promise<Evaluable | null>;
  /** Vectors kept on the participant's side between rounds; entries may be set. */
  readonly state: Record<string, Float32Array>;
  /** Things held in memory as long as the round lasts; gone where the worker was started again meanwhile. */
  readonly session: Map<string, unknown>;
  /** Different for each round and participant, the same after a restart. */
  readonly seed: number;
}

export interface Evaluable {
  readonly samples: Samples;
  /** `outputs`: [count × units], as `predict` gives them; null where undefined. */
  score(outputs: Float32Array): number | null;
}
