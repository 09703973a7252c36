import type { MessagePort } from 'node:worker_threads';
import { outcomeOf, valueOf } from '@synergos/contract';
import type { DataPlane, IncomingTensors, TensorsSink } from '@synergos/rpc-core';
import { OrchestrationError } from '@synergos/orchestration/upload-port';
import { uploadWriter, type UploadWriter } from '../../uploads/slot-sink.js';
import { callsOver } from '../thread.js';
import type { DataPlaneCalls, ReceptionCalls } from './protocol.js';
import { WriterThread, type ThreadWriter } from '../../uploads/writer-thread.js';

const REPORT_MS = 1000;
/** Uploads from this size on are written by another thread; for smaller ones the hand-over costs more than the work. */
const APART_BYTES = 16 << 20;

/** A data plane that listens. */
export interface HostedDataPlane {
  readonly dataPlane: DataPlane;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Runs in the data plane's thread and serves the grid's. Connections and transfers live here, so that no worker waits for
 * an aggregation, nor for the writing of large uploads. The grid's thread names the slot of each upload, and reads it there.
 */
export function hostDataPlane(
  port: MessagePort,
  start: () => Promise<HostedDataPlane>,
  /** Runs `work`, the request of a task, in the log context that the grid's thread sent. */
  within: <Result>(context: unknown, work: () => Result) => Result = (_context, work) => work(),
): void {
  let hosted: HostedDataPlane | undefined;
  let reporting: NodeJS.Timeout | undefined;
  const running = new Map<number, AbortController>();
  const writing = new WriterThread();
  const plane = () => {
    if (hosted === undefined) throw new OrchestrationError('closed', 'the data plane has not been started');
    return hosted.dataPlane;
  };
  const calls: DataPlaneCalls = {
    start: () =>
      outcomeOf(async () => {
        hosted = await start();
        const { dataPlane } = hosted;
        dataPlane.onPresence((event) => {
          const status = dataPlane.status(event.participant);
          if (status !== undefined) forget(grid.presence.asEvent(event, status));
        });
        reporting = setInterval(
          () => forget(grid.report.asEvent(dataPlane.participants(), dataPlane.traffic())),
          REPORT_MS,
        );
        return { port: hosted.port };
      }),
    request: (id, participant, request, { deadlineMs, receives, context }) =>
      outcomeOf(async () => {
        const controller = new AbortController();
        running.set(id, controller);
        try {
          return await within(context, () =>
            plane().request(participant, request, {
              signal: controller.signal,
              ...(deadlineMs === undefined ? {} : { deadlineMs }),
              ...(receives ? { receive: (incoming) => sinkOf(id, incoming) } : {}),
            }),
          );
        } finally {
          running.delete(id);
        }
      }),
    abort: (id, message) => running.get(id)?.abort(new OrchestrationError('cancelled', message)),
    publish: (source) =>
      outcomeOf(async () => {
        const ref = await plane().publish(source);
        // Uncompressed updates are as large as the model.
        if (ref.sizeBytes >= APART_BYTES) writing.prepare();
        return ref;
      }),
    withdraw: (sha256) => hosted?.dataPlane.withdraw(sha256),
    disconnect: (participant) => hosted?.dataPlane.disconnect(participant),
    close: () =>
      outcomeOf(async () => {
        clearInterval(reporting);
        await hosted?.close();
        await writing.close();
      }),
  };
  const grid = callsOver<ReceptionCalls, DataPlaneCalls>(port, calls);

  async function sinkOf(request: number, incoming: IncomingTensors): Promise<TensorsSink> {
    const { upload, ...target } = valueOf(await grid.receive(request, incoming));
    const isLarge = incoming.sizeBytes >= APART_BYTES;
    const writer: UploadWriter & Partial<ThreadWriter> = isLarge
      ? writing.begin(target, incoming.digest.algorithm)
      : uploadWriter(target);
    const { digest } = writer;
    return {
      write: (chunk) => writer.write(chunk),
      ...(digest === undefined ? {} : { digest }),
      commit: async () => {
        await writer.finish();
        valueOf(await grid.written(upload));
      },
      abort: () => {
        const abandoned = () => grid.abandoned.asEvent(upload);
        forget(writer.retire().then(abandoned, abandoned));
      },
    };
  }
}

/** Ignores failures: the other thread may have ended. */
function forget(call: Promise<unknown>): void {
  call.catch(() => undefined);
}
