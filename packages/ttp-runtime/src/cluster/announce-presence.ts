import type { ParticipantStatus } from '@synergos/rpc-core';
import type { Broker } from '@synergos/scaling';
import type { GridPresence } from './presence-registry.js';

const PERIOD_MS = 1000;

export interface PresenceNow extends Pick<GridPresence, 'ttp' | 'grid' | 'dataPort' | 'job' | 'jobs'> {
  readonly participants: readonly ParticipantStatus[];
}

/** Announces a TTP to its director every second, and that it leaves once closed. */
export function announcePresence(broker: Broker, presence: () => PresenceNow): { close(): void } {
  const announce = (leaves = false) => {
    const { participants, ...now } = presence();
    const data: GridPresence = {
      ...now,
      participants: participants.map((status) => ({
        ...status,
        hardware: { ...status.hardware },
        capabilities: [...status.capabilities],
      })),
      leaves,
    };
    broker.announce({ type: 'told', topic: 'presence', data });
  };
  const timer = setInterval(announce, PERIOD_MS);
  return {
    close() {
      clearInterval(timer);
      announce(true);
    },
  };
}
