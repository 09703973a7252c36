import type { Worker } from 'node:worker_threads';
import { Presence } from '@synergos/rpc-core';
import { createBirpc } from 'birpc';
import { OrchestrationError, reasonOf } from '../errors.js';
import { outcomeOf, valueOf } from '../outcome.js';
import type { PlacedSink } from '../round/placed-sink.js';
import type { DataPlanePort, PlacedRequestOptions } from './port.js';
import type { DataPlaneCalls, ReceptionCalls, Traffic } from './protocol.js';

export interface DataPlaneThreadOptions {
  /** Begun already, by whoever has other things to load meanwhile; its module calls `hostDataPlane`. */
  readonly worker: Worker;
  /** The thread ended although nobody asked for it. */
  readonly onFailure: (error: Error) => void;
}

/** A data plane in a thread of its own, seen from the grid's thread. */
export interface DataPlaneThread extends DataPlanePort {
  readonly port: number;
}

/** Starts the data plane of the thread; rejects with the reason if its data plane cannot be. */
export async function startDataPlaneThread({
  worker,
  onFailure,
}: DataPlaneThreadOptions): Promise<DataPlaneThread> {
  /** As the data plane's own; who is connected is told at once, all else every second. */
  const presence = new Presence();
  let traffic: Traffic = { receivedBytes: 0, sentBytes: 0 };
  const receivers = new Map<number, PlacedRequestOptions['receive']>();
  const uploads = new Map<number, PlacedSink>();
  let named = 0;
  const calls: ReceptionCalls = {
    receive: (request, incoming) =>
      outcomeOf(async () => {
        const receive = receivers.get(request);
        if (receive === undefined) throw new OrchestrationError('unknown_task', 'this task is over');
        const sink = await receive(incoming);
        const upload = ++named;
        uploads.set(upload, sink);
        const { place, manifest } = sink;
        return { upload, place, ...(manifest && { manifest }) };
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
    tell: (participants, told) => {
      for (const { participant, lastSeen } of participants) presence.seen(participant, lastSeen);
      traffic = told;
    },
  };
  const plane = createBirpc<DataPlaneCalls, ReceptionCalls>(calls, {
    post: (message) => worker.postMessage(message),
    on: (listener) => worker.on('message', listener),
    // A task has its own deadline.
    timeout: -1,
  });
  let closing = false;
  const failed = (error: Error) => {
    if (closing) return;
    closing = true;
    plane.$close(error);
    onFailure(error);
  };
  worker.on('error', (error) => failed(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', (code) => failed(new Error(`the data plane's thread ended with code ${code}`)));
  const end = async () => {
    closing = true;
    await worker.terminate();
  };

  const request: DataPlanePort['request'] = async (participant, task, options = {}) => {
    const { deadlineMs, signal, receive } = options;
    signal?.throwIfAborted();
    const id = ++named;
    let abort: () => void = () => undefined;
    const aborted = new Promise<never>((_, reject) => {
      abort = () => {
        plane.abort.asEvent(id, reasonOf(signal?.reason).message).catch(() => undefined);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', abort, { once: true });
    });
    receivers.set(id, receive);
    try {
      const told = { deadlineMs, receives: receive !== undefined };
      return valueOf(await Promise.race([plane.request(id, participant, task, told), aborted]));
    } finally {
      signal?.removeEventListener('abort', abort);
      receivers.delete(id);
    }
  };
  try {
    const { port } = valueOf(await plane.start());
    return {
      port,
      request,
      participants: () => presence.all(),
      status: (participant) => presence.get(participant),
      onPresence: (listener) => presence.subscribe(listener),
      whenConnected: (participants, options) => presence.whenConnected(participants, options),
      traffic: () => traffic,
      publish: async (source) => valueOf(await plane.publish(source)),
      withdraw: (sha256) => void plane.withdraw.asEvent(sha256).catch(() => undefined),
      disconnect: (participant) => void plane.disconnect.asEvent(participant).catch(() => undefined),
      close: async () => {
        closing = true;
        valueOf(await plane.close());
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}
