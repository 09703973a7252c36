import { failureOf } from '@synergos/contract';
import type { TensorsRef, TensorsSource } from '@synergos/rpc-core';
import type { z } from 'zod';
import { mayLack } from '../project/lacks.js';
import { spaceDifferences } from '../project/space-differences.js';
import { ParticipantFailed } from '../errors.js';
import { parseReply } from '../parse-reply.js';
import { ask } from '../participants/ask.js';
import { createAnswerTimes, type AnswerTimes } from '../participants/deadline.js';
import type { Dependencies } from '../dependencies.js';
import { workload, type RunInUse } from '../project/run-definition.js';

export interface Inference<Reply> {
  readonly kind: 'evaluate' | 'predict';
  readonly participant: string;
  /** The participant's folders with the data. */
  readonly tags: readonly (readonly string[])[];
  readonly reply: z.ZodType<Reply>;
  /** Times of earlier answers to such tasks. */
  readonly times?: AnswerTimes;
}

/** Sends a participant a task that uses a published global model on its own data. */
export async function infer<Reply>(
  dependencies: Dependencies,
  run: RunInUse,
  { kind, participant, tags, reply, times = createAnswerTimes(run.args.round_deadline) }: Inference<Reply>,
  global: TensorsRef,
  signal: AbortSignal,
): Promise<Reply> {
  const fitTags = run.project.participants.get(participant)?.train ?? [];
  const lacks = mayLack(run.lacks.get(participant), kind);
  const payload = { ...workload(run), tags, fitTags, ...(lacks && { lacks }) };
  const task = { kind, payload, tensors: { global } };
  try {
    const { payload } = await ask({ ...dependencies, times, signal }, participant, task);
    return parseReply(reply, `a task of the kind '${kind}'`, payload);
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = failureOf(error);
    throw new ParticipantFailed(participant, code, message + sinceTrained(code, run), error);
  }
}

const MISMATCHES: ReadonlySet<string> = new Set(['space_mismatch', 'unknown_class']);

/** Changes of the project since the training, to explain data that does not fit the model. */
function sinceTrained(code: string, { space, project }: RunInUse): string {
  if (!MISMATCHES.has(code) || project.space === undefined) return '';
  const differences = spaceDifferences(space, project.space);
  return differences.length === 0
    ? ''
    : `. The project was aligned anew since the model was trained: ${differences.join('; ')}`;
}

/** Publishes a model while `work` runs. */
export async function withPublished<Result>(
  { dataPlane }: Dependencies,
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
