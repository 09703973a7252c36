import { evaluateReplySchema, type EvaluateReply } from '@synergos/rpc-core';
import { ParticipantFailed, reasonOf } from '../errors.js';
import type { RoundEvaluations } from '../round/loss-history.js';
import { whileConnected } from '../round/presence.js';
import { roundDeadlineMs } from '../round/deadline.js';
import type { Ground } from './ground.js';
import { workload, type RunDefinition } from './run-definition.js';

/** Has each participant evaluate a global model on its own `evaluate` tags; those without such tags are left out. */
export async function evaluateAt(
  ground: Ground,
  run: RunDefinition,
  participants: readonly string[],
  model: Uint8Array,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, EvaluateReply>> {
  const asked = participants.filter((name) => (run.project.participants.get(name)?.evaluate.length ?? 0) > 0);
  const global = await ground.dataPlane.publish(model);
  try {
    return new Map(await Promise.all(asked.map(async (name) => [name, await evaluateOne(name)] as const)));
  } finally {
    ground.dataPlane.withdraw(global.sha256);
  }

  async function evaluateOne(participant: string): Promise<EvaluateReply> {
    const tags = run.project.participants.get(participant)?.evaluate ?? [];
    const task = { kind: 'evaluate', payload: { ...workload(run), tags }, tensors: { global } };
    const deadlineMs = roundDeadlineMs(run.args.round_deadline, []);
    try {
      const { payload } = await whileConnected(
        ground.dataPlane,
        participant,
        ground.absenceGraceMs,
        signal,
        (whole) => ground.dataPlane.request(participant, task, { deadlineMs, signal: whole }),
      );
      return evaluateReplySchema.parse(payload);
    } catch (error) {
      signal.throwIfAborted();
      const { code, message } = reasonOf(error);
      throw new ParticipantFailed(participant, code, message, error);
    }
  }
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
