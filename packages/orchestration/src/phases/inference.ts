import type { TensorsRef, TensorsSource } from '@synergos/rpc-core';
import type { z } from 'zod';
import { ParticipantFailed, reasonOf } from '../errors.js';
import { parseReply } from '../parse-reply.js';
import { roundDeadlineMs } from '../round/deadline.js';
import { whileConnected } from '../round/presence.js';
import type { Ground } from './ground.js';
import { workload, type RunDefinition } from './run-definition.js';

export interface Inference<Reply> {
  readonly kind: 'evaluate' | 'predict';
  readonly participant: string;
  /** The participant's folders with the data. */
  readonly tags: readonly (readonly string[])[];
  readonly reply: z.ZodType<Reply>;
}

/** Has a participant use a published global model on its own data. */
export async function infer<Reply>(
  { dataPlane, absenceGraceMs }: Ground,
  run: RunDefinition,
  { kind, participant, tags, reply }: Inference<Reply>,
  global: TensorsRef,
  signal: AbortSignal,
): Promise<Reply> {
  const fitTags = run.project.participants.get(participant)?.train ?? [];
  const task = { kind, payload: { ...workload(run), tags, fitTags }, tensors: { global } };
  const deadlineMs = roundDeadlineMs(run.args.round_deadline);
  try {
    const { payload } = await whileConnected(
      dataPlane,
      participant,
      { graceMs: absenceGraceMs },
      signal,
      (whole) => dataPlane.request(participant, task, { deadlineMs, signal: whole }),
    );
    return parseReply(reply, `a task of the kind '${kind}'`, payload);
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = reasonOf(error);
    throw new ParticipantFailed(participant, code, message, error);
  }
}

/** Publishes a model for as long as `work` takes. */
export async function withPublished<Result>(
  { dataPlane }: Ground,
  model: TensorsSource,
  work: (global: TensorsRef) => Promise<Result>,
): Promise<Result> {
  const global = await dataPlane.publish(model);
  try {
    return await work(global);
  } finally {
    dataPlane.withdraw(global.sha256);
  }
}
