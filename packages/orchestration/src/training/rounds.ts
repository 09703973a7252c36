import type { Report } from '@synergos/fed-algorithms';
import type { TrainReply } from '@synergos/rpc-core';
import type { JobContext } from '@synergos/scaling';
import type { Checkpoint, Checkpoints } from '../checkpoints/checkpoint.js';
import type { ModelFile } from '../checkpoints/global-model.js';
import type { AnswerTimes } from '../participants/deadline.js';
import type { RoundEvaluations } from '../checkpoints/loss-history.js';
import type { Roster } from '../participants/roster.js';
import type { StagedUpdate } from '../updates/staged-update.js';
import type { Staging } from '../updates/upload-port.js';
import type { Dependencies } from '../dependencies.js';
import type { RunDefinition } from '../project/run-definition.js';

/** What every kind of rounds stands on. */
export interface RoundsOptions {
  readonly dependencies: Dependencies;
  readonly context: JobContext;
  readonly run: RunDefinition;
  /** All of the run, sorted. */
  readonly participants: readonly string[];
  readonly checkpoints: Checkpoints;
  /** Holds the updates that are not yet folded. */
  readonly staging: Staging;
  readonly roster: Roster;
  /** Makes the times of the answers to one kind of task. */
  readonly answerTimes: () => AnswerTimes;
  /** Of the answers to evaluate tasks. */
  readonly evaluationTimes: AnswerTimes;
}

/** How a run's rounds go: by local training and averaging, as updates come, or by questions and answers. */
export interface Rounds {
  /** The round after a checkpoint. */
  next(current: Checkpoint): Promise<Round>;
  /** Ends what is under way. */
  close(): Promise<void>;
}

export interface Round {
  /** Whose data it learned from, with their training losses. */
  readonly trained: ReadonlyMap<
    string,
    Pick<Report, 'loss'> & Pick<Partial<TrainReply>, 'dataVersion' | 'misfits'>
  >;
  /** Global models as the participants measured them on the way, by the round that each is of. */
  readonly evaluations: ReadonlyMap<number, RoundEvaluations>;
  /** The next global model, and the algorithm's state, as files. */
  move(): Promise<Moved>;
  /** The updates as they came and the model that they started from, where local models can be made from them. */
  readonly local?: { readonly base: ModelFile; readonly updates: ReadonlyMap<string, StagedUpdate> };
}

export type Moved = Pick<Checkpoint, 'round' | 'model' | 'state' | 'carried' | 'numbers' | 'counted'>;
