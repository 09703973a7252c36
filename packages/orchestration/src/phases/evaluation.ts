import {
  evaluateReplySchema,
  type EvaluateReply,
  type TensorsRef,
  type TensorsSource,
} from '@synergos/rpc-core';
import type { RoundEvaluations } from '../round/loss-history.js';
import type { Ground } from './ground.js';
import { infer, withPublished } from './inference.js';
import type { RunDefinition } from './run-definition.js';

/** Has a participant evaluate a published global model on its `evaluate` tags; undefined if it has none. */
async function evaluateOne(
  ground: Ground,
  run: RunDefinition,
  participant: string,
  global: TensorsRef,
  signal: AbortSignal,
): Promise<readonly [string, EvaluateReply] | undefined> {
  const tags = run.project.participants.get(participant)?.evaluate ?? [];
  if (tags.length === 0) return undefined;
  const task = { kind: 'evaluate', participant, tags, reply: evaluateReplySchema } as const;
  return [participant, await infer(ground, run, task, global, signal)];
}

/** Has each participant evaluate a global model on its own `evaluate` tags; those without such tags are left out. */
export async function evaluateAt(
  ground: Ground,
  run: RunDefinition,
  participants: readonly string[],
  model: TensorsSource,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, EvaluateReply>> {
  const replies = await withPublished(ground, model, (global) =>
    Promise.all(participants.map((participant) => evaluateOne(ground, run, participant, global, signal))),
  );
  return new Map(replies.filter((reply) => reply !== undefined));
}

/** The same, reduced to loss and score. A participant that fails here is left out, with a line in the log. */
export async function evaluateAll(
  ground: Ground,
  run: RunDefinition,
  participants: readonly string[],
  model: TensorsSource,
  signal: AbortSignal,
): Promise<RoundEvaluations> {
  const replies = await withPublished(ground, model, (global) =>
    Promise.allSettled(
      participants.map((participant) => evaluateOne(ground, run, participant, global, signal)),
    ),
  );
  signal.throwIfAborted();
  return Object.fromEntries(
    replies.flatMap((reply) => {
      if (reply.status === 'rejected') {
        ground.logger.warn({ err: reply.reason }, 'a participant could not evaluate the final model');
        return [];
      }
      if (reply.value === undefined) return [];
      const [name, { samples, loss, score, issue }] = reply.value;
      return [[name, { samples, loss, score, ...(issue !== undefined && { issue }) }]];
    }),
  );
}
