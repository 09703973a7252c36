import type { DroppedParticipant } from '@synergos/contract';
import { z } from 'zod';

/** A participant's contribution to a training so far. */
export const shareSchema = z.object({
  /** Rounds with an update of the participant. */
  updates: z.number().int(),
  /** Rounds that asked the participant and ended without its update. */
  dropped: z.number().int(),
  /** Reason of the last drop. */
  code: z.string().optional(),
  reason: z.string().optional(),
});
export type Share = z.infer<typeof shareSchema>;
export type Shares = Readonly<Record<string, Share>>;

/** A participant that was dropped from a round. */
export interface Drop {
  readonly participant: string;
  readonly code: string;
  readonly reason: string;
}

const NONE: Share = { updates: 0, dropped: 0 };

/** The shares after one more round. */
export function withRound(shares: Shares, trained: Iterable<string>, drops: readonly Drop[]): Shares {
  const next: Record<string, Share> = { ...shares };
  for (const name of trained) {
    const share = next[name] ?? NONE;
    next[name] = { ...share, updates: share.updates + 1 };
  }
  for (const { participant, code, reason } of drops) {
    const { updates, dropped } = next[participant] ?? NONE;
    next[participant] = { updates, dropped: dropped + 1, code, reason };
  }
  return next;
}

/** Participants that were dropped at least once, or never contributed although every round asked them; by name. */
export function droppedIn(
  shares: Shares,
  { participants, asksAll }: { readonly participants: readonly string[]; readonly asksAll: boolean },
): DroppedParticipant[] {
  return [...participants].sort().flatMap((participant_id): DroppedParticipant[] => {
    const share = shares[participant_id] ?? NONE;
    const {
      updates,
      dropped,
      code = 'no_update',
      reason = 'the training ended before its first update',
    } = share;
    if (dropped === 0 && !(asksAll && updates === 0)) return [];
    return [{ participant_id, updates, rounds_missed: dropped, code, reason }];
  });
}
