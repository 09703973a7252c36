import type { TaskReply, TaskRequest } from '@synergos/rpc-core';
import type { DataPlanePort, UploadRequestOptions } from './data-plane-port.js';
import { OrchestrationError } from '../errors.js';
import { overdueSignal, type AnswerTimes } from './deadline.js';
import { whileConnected, type Patience } from './presence.js';
import { withSpaceBlob } from './space-blob.js';
import type { Turns } from './turns.js';

export interface Asking {
  readonly dataPlane: DataPlanePort;
  readonly turns: Turns;
  /** How long a participant may be away before its task fails. */
  readonly absenceGraceMs: number;
  /** Computes the deadline, and learns from the answer. */
  readonly times: AnswerTimes;
  readonly signal: AbortSignal;
}

/** Sends a task to a connected participant in its turn. The deadline starts with the turn. */
export function ask(
  { dataPlane, turns, absenceGraceMs: graceMs, times, signal }: Asking,
  participant: string,
  task: TaskRequest,
  options: Pick<UploadRequestOptions, 'receive'> & Pick<Patience, 'canSpare'> = {},
): Promise<TaskReply> {
  const { canSpare, ...request } = options;
  return whileConnected(dataPlane, participant, { graceMs, ...(canSpare && { canSpare }) }, signal, (whole) =>
    turns.take(participant, whole, async () => {
      const startedMs = performance.now();
      const deadlineMs = times.deadlineMs(participant);
      const overdue = overdueSignal(times, participant, (passedMs) => deadlinePassed(task.kind, passedMs));
      try {
        const until = AbortSignal.any([whole, overdue.signal]);
        const reply = await withSpaceBlob(dataPlane, participant, task, (sent) =>
          dataPlane.request(participant, sent, { ...request, deadlineMs, signal: until }),
        );
        times.add(participant, performance.now() - startedMs);
        return reply;
      } finally {
        overdue.stop();
      }
    }),
  );
}

function deadlinePassed(kind: string, deadlineMs: number): OrchestrationError {
  return new OrchestrationError(
    'deadline',
    `its '${kind}' task did not end within ${Math.round(deadlineMs / 100) / 10} s`,
  );
}
