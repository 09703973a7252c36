import type { DataPlanePort } from './data-plane-port.js';
import { OrchestrationError } from '../errors.js';

export interface Patience {
  /** How long to wait for a participant whose connection broke. */
  readonly graceMs: number;
  /** Whether the work can do without a participant whose worker was stopped: it then fails at once. @defaultValue no */
  readonly canSpare?: () => boolean;
}

/** Runs `work` with a signal that aborts once the participant left, or was away for longer than the grace period. */
export async function whileConnected<Result>(
  dataPlane: DataPlanePort,
  participant: string,
  { graceMs, canSpare = () => false }: Patience,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const absence = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const watch = (connected: boolean) => {
    clearTimeout(timer);
    if (connected) return;
    const reason = `it was not connected for ${Math.round(graceMs / 1000)} s`;
    timer = setTimeout(() => absence.abort(new OrchestrationError('absent', reason)), graceMs);
  };
  const unsubscribe = dataPlane.onPresence((event) => {
    if (event.participant !== participant) return;
    if (event.leaves && canSpare()) absence.abort(new OrchestrationError('left', 'its worker was stopped'));
    else watch(event.connected);
  });
  watch(dataPlane.status(participant)?.connected ?? false);
  try {
    return await work(AbortSignal.any([signal, absence.signal]));
  } catch (error) {
    if (absence.signal.aborted) throw absence.signal.reason;
    throw error;
  } finally {
    clearTimeout(timer);
    unsubscribe();
  }
}
