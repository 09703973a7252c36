import { failureOf, outcomeOf, valueOf } from '@synergos/contract';
import { Presence } from '@synergos/rpc-core';
import {
  OrchestrationError,
  type DataPlanePort,
  type UploadRequestOptions,
  type UploadSink,
} from '@synergos/orchestration/upload-port';
import { startThread, type ThreadOptions } from '../thread.js';
import type { DataPlaneCalls, ReceptionCalls, Traffic } from './protocol.js';

export interface DataPlaneThreadOptions extends ThreadOptions {
  /** Log context of a task, taken when it is requested; see `hostDataPlane`. */
  readonly context?: () => unknown;
}

/** A data plane in a thread of its own, seen from the grid's thread. */
export interface DataPlaneThread extends DataPlanePort {
  readonly port: number;
}

/** Starts the data plane in a thread whose module calls `hostDataPlane`. Rejects with the reason if the start fails. */
export async function startDataPlaneThread({
  context,
  ...options
}: DataPlaneThreadOptions): Promise<DataPlaneThread> {
  /** A copy of the data plane's own: connections are reported at once, everything else every second. */
  const presence = new Presence();
  let traffic: Traffic = { receivedBytes: 0, sentBytes: 0 };
  const receivers = new Map<number, UploadRequestOptions['receive']>();
  const uploads = new Map<number, UploadSink>();
  let named = 0;
  const calls: ReceptionCalls = {
    receive: (request, incoming) =>
      outcomeOf(async () => {
        const receive = receivers.get(request);
        if (receive === undefined) throw new OrchestrationError('unknown_task', 'this task is over');
        const sink = await receive(incoming);
        const upload = ++named;
        uploads.set(upload, sink);
        const { slot, manifest } = sink;
        return { upload, slot, ...(manifest && { manifest }) };
      }),
    written: (upload) =>
      outcomeOf(() => {
        uploads.get(upload)?.written();
        uploads.delete(upload);
      }),
    abandoned: (upload) => {
      uploads.get(upload)?.abandoned();
      uploads.delete(upload);
    },
    presence: ({ participant, connected, leaves }, status) => {
      if (connected) presence.joined(status);
      else presence.left(participant, leaves);
    },
    report: (participants, reported) => {
      for (const { participant, lastSeen } of participants) presence.seen(participant, lastSeen);
      traffic = reported;
    },
  };
  const thread = await startThread<DataPlaneCalls, ReceptionCalls>("the data plane's thread", calls, options);
  const { facts, calls: plane } = thread;

  const request: DataPlanePort['request'] = async (participant, task, options = {}) => {
    const { deadlineMs, signal, receive } = options;
    signal?.throwIfAborted();
    const id = ++named;
    let abort: () => void = () => undefined;
    const aborted = new Promise<never>((_, reject) => {
      abort = () => {
        plane.abort.asEvent(id, failureOf(signal?.reason).message).catch(() => undefined);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', abort, { once: true });
    });
    receivers.set(id, receive);
    try {
      const reported = { deadlineMs, receives: receive !== undefined, context: context?.() };
      return valueOf(await Promise.race([plane.request(id, participant, task, reported), aborted]));
    } finally {
      signal?.removeEventListener('abort', abort);
      receivers.delete(id);
    }
  };
  return {
    port: facts.port,
    request,
    participants: () => presence.all(),
    status: (participant) => presence.get(participant),
    onPresence: (listener) => presence.subscribe(listener),
    whenConnected: (participants, options) => presence.whenConnected(participants, options),
    traffic: () => traffic,
    publish: async (source) => valueOf(await plane.publish(source)),
    withdraw: (sha256) => void plane.withdraw.asEvent(sha256).catch(() => undefined),
    disconnect: (participant) => void plane.disconnect.asEvent(participant).catch(() => undefined),
    close: () => thread.close(),
  };
}
