import { ParticipantFailed, reasonOf } from '../errors.js';
import { roundDeadlineMs } from '../round/deadline.js';
import { whileConnected } from '../round/presence.js';
import type { Ground } from './ground.js';
import { workload, type RunDefinition } from './run-definition.js';

export interface Inference {
  readonly kind: 'evaluate' | 'predict';
  readonly participant: string;
  /** The participant's folders with the data. */
  readonly tags: readonly (readonly string[])[];
}

/** Has a participant use a global model on its own data; what it answers is the caller's to parse. */
export async function infer(
  ground: Ground,
  run: RunDefinition,
  { kind, participant, tags }: Inference,
  model: Uint8Array,
  signal: AbortSignal,
): Promise<unknown> {
  const global = await ground.dataPlane.publish(model);
  const fitTags = run.project.participants.get(participant)?.train ?? [];
  const task = { kind, payload: { ...workload(run), tags, fitTags }, tensors: { global } };
  const deadlineMs = roundDeadlineMs(run.args.round_deadline, []);
  try {
    const { payload } = await whileConnected(
      ground.dataPlane,
      participant,
      ground.absenceGraceMs,
      signal,
      (whole) => ground.dataPlane.request(participant, task, { deadlineMs, signal: whole }),
    );
    return payload;
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = reasonOf(error);
    throw new ParticipantFailed(participant, code, message, error);
  } finally {
    ground.dataPlane.withdraw(global.sha256);
  }
}
