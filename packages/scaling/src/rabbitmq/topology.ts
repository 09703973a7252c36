import type { ConfirmChannel } from 'amqplib';

/** Names of what is on the broker. All that belongs together has one namespace. */
export interface Topology {
  /** What came of jobs, on its way home. */
  readonly results: string;
  /** What could not be understood, or was given up, with the reason in a header. */
  readonly deadLetters: string;
  /** Exchange that tells who listens of what happens, by its kind. */
  readonly news: string;
  /** The queue of a lane. */
  laneQueue(lane: string): string;
}

export const REASON_HEADER = 'x-synergos-reason';
export const ORIGIN_HEADER = 'x-synergos-queue';

export function topologyOf(namespace: string): Topology {
  return {
    results: `${namespace}.results`,
    deadLetters: `${namespace}.dead-letters`,
    news: `${namespace}.news-by-kind`,
    laneQueue: (lane) => `${namespace}.jobs.${lane}`,
  };
}

/**
 * Replicated, on disk. With a limit of deliveries a message that is given back stays in front (without one RabbitMQ puts
 * it last); as broken connections count as deliveries too, the limit is out of reach, and the store counts instead.
 */
const QUORUM = {
  durable: true,
  arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000 },
} as const;

/** Declares what every process relies on; does nothing where it is there. */
export async function declare(channel: ConfirmChannel, topology: Topology): Promise<void> {
  await channel.assertQueue(topology.results, QUORUM);
  await channel.assertQueue(topology.deadLetters, QUORUM);
  await channel.assertExchange(topology.news, 'direct', { durable: true });
}

export async function declareLane(channel: ConfirmChannel, queue: string): Promise<void> {
  await channel.assertQueue(queue, QUORUM);
}
