import { createHash } from 'node:crypto';

/** Order in which kinds of work are consumed if several wait. */
export const priorities = ['preprocess', 'train', 'evaluate'] as const;
export type Priority = (typeof priorities)[number];

/** Names one queue on the broker: jobs of one priority that the same TTPs can run. */
export interface JobQueueKey {
  readonly priority: Priority;
  /** What the work is on, such as a project: a TTP that can run one job of a scope can run all of them. */
  readonly scope: readonly string[];
}

/** RabbitMQ allows 255 bytes for a queue's name; the namespace needs some of them. */
const MAX_CHARACTERS = 160;

/** A readable name, different for every key. A job stores it as its `lane`. */
export function jobQueueName({ priority, scope }: JobQueueKey): string {
  const name = [priority, ...scope.map(encodeURIComponent)].join('/');
  if (name.length <= MAX_CHARACTERS) return name;
  return `${name.slice(0, MAX_CHARACTERS - 33)}~${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}

/** Sorts queues by priority; those of one priority stay in their order. */
export function byPriority<Named extends { readonly lane: string }>(queues: readonly Named[]): Named[] {
  const rank = ({ lane }: Named) => {
    const at = priorities.findIndex((priority) => lane.startsWith(`${priority}/`) || lane === priority);
    return at < 0 ? priorities.length : at;
  };
  return queues.toSorted((a, b) => rank(a) - rank(b));
}
