import type { DroppedParticipant, Job } from '../types.js';
import { Incomplete } from './failures.js';
import { plural } from './text.js';

/** Participants that missed rounds of a training, as its job reports them. */
export function droppedOf({ result }: Pick<Job, 'result'>): readonly DroppedParticipant[] {
  const { dropped } = (result ?? {}) as { readonly dropped?: unknown };
  return Array.isArray(dropped) ? (dropped as DroppedParticipant[]) : [];
}

/** `clinic-2: in 3 of 5 rounds: it was not connected for 60 s` */
export function droppedText({ participant_id, updates, rounds_missed, reason }: DroppedParticipant): string {
  const rounds = plural(updates + rounds_missed, 'round');
  return `${participant_id}: ${updates === 0 ? 'no update' : `${updates} of ${rounds}`}: ${reason}`;
}

/** Throws `Incomplete` if a participant contributed nothing to one of the trainings. */
export function requireContributions(jobs: readonly Job[]): void {
  const missing = jobs.flatMap(droppedOf).filter(({ updates }) => updates === 0);
  if (missing.length === 0) return;
  throw new Incomplete(
    `participants without any update in the model: ${missing.map((one) => `${one.participant_id} (${one.reason})`).join('; ')}`,
  );
}
