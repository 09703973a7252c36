import type { Report } from '@synergos/fed-algorithms';
import type { TrainReply } from '@synergos/rpc-core';
import type { JobContext } from '@synergos/scaling';
import type { Checkpoint, Checkpoints } from '../checkpoints/checkpoint.js';
import type { ModelFile } from '../checkpoints/global-model.js';
import type { DroppedParticipants } from './dropped-participants.js';
import type { AnswerTimes } from '../participants/deadline.js';
import type { RoundEvaluations } from '../checkpoints/loss-history.js';
import type { Roster } from '../participants/roster.js';
import type { StagedUpdate } from '../updates/staged-update.js';
import type { Staging } from '../updates/upload-slots.js';
import type { Dependencies } from '../dependencies.js';
import type { RunDefinition } from '../project/run-definition.js';

/** What every kind of rounds needs. */
export interface RoundsOptions {
  readonly dependencies: Dependencies;
  readonly context: JobContext;
  readonly run: RunDefinition;
  /** All participants of the run, sorted. */
  readonly participants: readonly string[];
  readonly checkpoints: Checkpoints;
  /** Slots for updates that are not folded yet. */
  readonly staging: Staging;
  readonly roster: Roster;
  readonly drops: DroppedParticipants;
  /** Creates the record of answer times of one kind of task. */
  readonly answerTimes: () => AnswerTimes;
  /** Times of answers to evaluate tasks. */
  readonly evaluationTimes: AnswerTimes;
}

/** A kind of rounds: averaging, asynchronous, or exchanges of questions and answers. */
export interface Rounds {
  /** Runs the round after a checkpoint. */
  next(current: Checkpoint): Promise<Round>;
  /** Stops running trainings and releases resources. */
  close(): Promise<void>;
}

export interface Round {
  /** Participants whose updates are in the model, with their training losses. */
  readonly trained: ReadonlyMap<
    string,
    Pick<Report, 'loss'> & Pick<Partial<TrainReply>, 'dataVersion' | 'misfits'>
  >;
  /** Evaluations of global models during the round, by the round of the model. */
  readonly evaluations: ReadonlyMap<number, RoundEvaluations>;
  /** Writes the next global model and the algorithm's state. */
  move(): Promise<Moved>;
  /** The updates and the model they started from, if local models can be made from them. */
  readonly local?: { readonly base: ModelFile; readonly updates: ReadonlyMap<string, StagedUpdate> };
}

export type Moved = Pick<Checkpoint, 'round' | 'model' | 'state' | 'carried' | 'numbers' | 'counted'>;
