import { createHash } from 'node:crypto';

/** What is done first where several kinds of work wait. */
export const priorities = ['preprocess', 'train', 'evaluate'] as const;
export type Priority = (typeof priorities)[number];

/** Which jobs may wait in one queue: those of one priority that the same TTPs can do. */
export interface Lane {
  readonly priority: Priority;
  /** What the work is on, such as a project: whoever can do one job of a scope can do the others. */
  readonly scope: readonly string[];
}

/** RabbitMQ takes 255 bytes of a queue's name; the namespace needs some. */
const MOST_CHARACTERS = 160;

/** A lane as one name: readable, and another one for every lane. */
export function laneName({ priority, scope }: Lane): string {
  const name = [priority, ...scope.map(encodeURIComponent)].join('/');
  if (name.length <= MOST_CHARACTERS) return name;
  return `${name.slice(0, MOST_CHARACTERS - 33)}~${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}

/** Lanes in the order in which they are to be asked for work; those of one priority as they come. */
export function byPriority<Named extends { readonly lane: string }>(lanes: readonly Named[]): Named[] {
  const rank = ({ lane }: Named) => {
    const at = priorities.findIndex((priority) => lane.startsWith(`${priority}/`) || lane === priority);
    return at < 0 ? priorities.length : at;
  };
  return lanes.toSorted((one, other) => rank(one) - rank(other));
}
