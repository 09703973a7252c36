import { z } from 'zod';
import type { ParticipantStatus } from '@synergos/rpc-core';

const statusSchema = z.object({
  participant: z.string(),
  connected: z.boolean(),
  lastSeen: z.number(),
  software: z.string(),
  hardware: z.record(z.string(), z.union([z.string(), z.number()])),
  capabilities: z.array(z.string()),
});

/** What a TTP announces of itself, about every second. */
export const presenceSchema = z.object({
  ttp: z.string(),
  grid: z.number().int().nonnegative(),
  /** Port that workers connect to. */
  dataPort: z.number().int(),
  /** The first of its running jobs. */
  job: z.string().nullable(),
  /** Its running jobs; empty of an older version. */
  jobs: z.array(z.string()).default([]),
  participants: z.array(statusSchema),
  leaves: z.boolean(),
});
export type GridPresence = z.infer<typeof presenceSchema>;

/** The TTPs of a cluster and their connected workers, as the TTPs announce them. */
export interface PresenceRegistry {
  hear(presence: unknown): void;
  /** TTPs that announced themselves lately, by grid and name. */
  list(): readonly GridPresence[];
  /** Status of a participant at the TTP it is connected to, else at the last one. */
  status(
    participant: string,
  ): (ParticipantStatus & { readonly ttp: string; readonly grid: number }) | undefined;
}

const FORGOTTEN_AFTER_MS = 5000;

export function createPresenceRegistry({
  nowMs = () => performance.now(),
}: { readonly nowMs?: () => number } = {}): PresenceRegistry {
  const heard = new Map<string, { readonly atMs: number; readonly presence: GridPresence }>();
  const list = () => {
    for (const [ttp, { atMs }] of heard) if (nowMs() - atMs > FORGOTTEN_AFTER_MS) heard.delete(ttp);
    return [...heard.values()]
      .map(({ presence }) => presence)
      .sort((one, other) => one.grid - other.grid || one.ttp.localeCompare(other.ttp));
  };
  return {
    hear(announced) {
      const { success, data } = presenceSchema.safeParse(announced);
      if (!success) return;
      if (data.leaves) heard.delete(data.ttp);
      else heard.set(data.ttp, { atMs: nowMs(), presence: data });
    },
    list,
    status(participant) {
      const found = list().flatMap(({ ttp, grid, participants }) =>
        participants.flatMap((status) =>
          status.participant === participant ? [{ ...status, ttp, grid }] : [],
        ),
      );
      return found.find(({ connected }) => connected) ?? found[0];
    },
  };
}
