import type { Report } from '@synergos/fed-algorithms';
import type { Checkpoint } from '../round/checkpoint.js';
import type { ModelFile } from '../round/global-model.js';
import type { RoundEvaluations } from '../round/loss-history.js';
import type { StagedUpdate } from '../round/staging.js';

/** How a run's rounds go: by local training and averaging, as updates come, or by questions and answers. */
export interface Rounds {
  /** The round after a checkpoint. */
  next(current: Checkpoint): Promise<Round>;
  /** Ends what is under way. */
  close(): Promise<void>;
}

export interface Round {
  /** Whose data it learned from, with their training losses. */
  readonly trained: ReadonlyMap<string, Pick<Report, 'loss'>>;
  /** Global models as the participants measured them on the way, by the round that each is of. */
  readonly evaluations: ReadonlyMap<number, RoundEvaluations>;
  /** The next global model, and the algorithm's state, as files. */
  move(): Promise<Moved>;
  /** The updates as they came and the model that they started from, where local models can be made from them. */
  readonly local?: { readonly base: ModelFile; readonly updates: ReadonlyMap<string, StagedUpdate> };
}

export type Moved = Pick<Checkpoint, 'round' | 'model' | 'state' | 'carried' | 'counted'>;
