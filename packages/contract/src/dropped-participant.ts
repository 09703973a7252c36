/** A participant missing from a model (`updates` is 0) or from some of its rounds, as in records and answers. */
export interface DroppedParticipant {
  readonly participant_id: string;
  /** Rounds with an update of the participant. */
  readonly updates: number;
  readonly rounds_missed: number;
  /** Code and reason of the last drop. */
  readonly code: string;
  readonly reason: string;
}
