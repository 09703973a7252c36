import { evaluateReplySchema, type EvaluateReply } from '@synergos/rpc-core';
import type { RoundEvaluations } from '../round/loss-history.js';
import type { Ground } from './ground.js';
import { infer } from './inference.js';
import type { RunDefinition } from './run-definition.js';

/** Has each participant evaluate a global model on its own `evaluate` tags; those without such tags are left out. */
export async function evaluateAt(
  ground: Ground,
  run: RunDefinition,
  participants: readonly string[],
  model: Uint8Array,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, EvaluateReply>> {
  const tagsOf = (name: string) => run.project.participants.get(name)?.evaluate ?? [];
  const asked = participants.filter((name) => tagsOf(name).length > 0);
  const replies = await Promise.all(
    asked.map(async (name) => {
      const payload = await infer(
        ground,
        run,
        { kind: 'evaluate', participant: name, tags: tagsOf(name) },
        model,
        signal,
      );
      return [name, evaluateReplySchema.parse(payload)] as const;
    }),
  );
  return new Map(replies);
}

/** The same, reduced to loss and score. A participant that fails here is left out, with a line in the log. */
export async function evaluateAll(
  ground: Ground,
  run: RunDefinition,
  participants: readonly string[],
  model: Uint8Array,
  signal: AbortSignal,
): Promise<RoundEvaluations> {
  const replies = await Promise.allSettled(
    participants.map((participant) => evaluateAt(ground, run, [participant], model, signal)),
  );
  signal.throwIfAborted();
  return Object.fromEntries(
    replies.flatMap((reply) => {
      if (reply.status === 'rejected') {
        ground.logger.warn({ err: reply.reason }, 'a participant could not evaluate the final model');
        return [];
      }
      return [...reply.value].map(([name, { samples, loss, score }]) => [name, { samples, loss, score }]);
    }),
  );
}
