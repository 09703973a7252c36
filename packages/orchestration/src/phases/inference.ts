import type { TensorsRef, TensorsSource } from '@synergos/rpc-core';
import type { z } from 'zod';
import { ParticipantFailed, reasonOf } from '../errors.js';
import { parseReply } from '../parse-reply.js';
import { ask } from '../round/ask.js';
import { createAnswerTimes, type AnswerTimes } from '../round/deadline.js';
import type { Ground } from './ground.js';
import { workload, type RunDefinition } from './run-definition.js';

export interface Inference<Reply> {
  readonly kind: 'evaluate' | 'predict';
  readonly participant: string;
  /** The participant's folders with the data. */
  readonly tags: readonly (readonly string[])[];
  readonly reply: z.ZodType<Reply>;
  /** Of the answers to such tasks before. */
  readonly times?: AnswerTimes;
}

/** Has a participant use a published global model on its own data. */
export async function infer<Reply>(
  ground: Ground,
  run: RunDefinition,
  { kind, participant, tags, reply, times = createAnswerTimes(run.args.round_deadline) }: Inference<Reply>,
  global: TensorsRef,
  signal: AbortSignal,
): Promise<Reply> {
  const fitTags = run.project.participants.get(participant)?.train ?? [];
  const task = { kind, payload: { ...workload(run), tags, fitTags }, tensors: { global } };
  try {
    const { payload } = await ask({ ...ground, times, signal }, participant, task);
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
