import type { ConfirmChannel } from 'amqplib';

/** Names on the broker. Processes that work together use one namespace. */
export interface Topology {
  /** Queue of results. */
  readonly results: string;
  /** Queue of messages that could not be decoded or whose jobs crashed too often, with the reason in a header. */
  readonly deadLetters: string;
  /** Exchange of notifications, routed by their kind. */
  readonly notifications: string;
  /** Queue of jobs, by the name that they store as their `lane`. */
  jobQueue(lane: string): string;
}

export const REASON_HEADER = 'x-synergos-reason';
export const ORIGIN_HEADER = 'x-synergos-queue';

export function topologyOf(namespace: string): Topology {
  return {
    results: `${namespace}.results`,
    deadLetters: `${namespace}.dead-letters`,
    notifications: `${namespace}.news-by-kind`,
    jobQueue: (lane) => `${namespace}.jobs.${lane}`,
  };
}

/**
 * Replicated, on disk. With a delivery limit, a requeued message keeps its position (without one RabbitMQ puts it last).
 * Lost connections count as deliveries too, so the limit is out of reach, and the store counts crashes instead.
 */
const QUORUM = {
  durable: true,
  arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000 },
} as const;

/** Declares the queues and the exchange that every process uses, if they do not exist. */
export async function declare(channel: ConfirmChannel, topology: Topology): Promise<void> {
  await channel.assertQueue(topology.results, QUORUM);
  await channel.assertQueue(topology.deadLetters, QUORUM);
  await channel.assertExchange(topology.notifications, 'direct', { durable: true });
}

export async function declareJobQueue(channel: ConfirmChannel, queue: string): Promise<void> {
  await channel.assertQueue(queue, QUORUM);
}
