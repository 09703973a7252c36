import type { MessagePort } from 'node:worker_threads';
import type { DataPlane, IncomingTensors, TensorsSink } from '@synergos/rpc-core';
import { OrchestrationError } from '../errors.js';
import { outcomeOf, valueOf } from '../outcome.js';
import { uploadWriter } from '../round/placed-sink.js';
import { callsOver } from '../thread.js';
import type { DataPlaneCalls, ReceptionCalls } from './protocol.js';

const TELL_MS = 1000;

/** A data plane that listens. */
export interface HostedDataPlane {
  readonly dataPlane: DataPlane;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * In the data plane's thread: serves the grid's. Connections, transfers and their digests live here: no worker waits
 * for the arithmetic of an aggregation. An update is written to the place that the grid's thread tells, and read there.
 */
export function hostDataPlane(
  port: MessagePort,
  start: () => Promise<HostedDataPlane>,
  /** Calls `work`, a task being asked for, within the context that the grid's thread told. */
  within: <Result>(context: unknown, work: () => Result) => Result = (_context, work) => work(),
): void {
  let hosted: HostedDataPlane | undefined;
  let telling: NodeJS.Timeout | undefined;
  const running = new Map<number, AbortController>();
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
        telling = setInterval(
          () => forget(grid.tell.asEvent(dataPlane.participants(), dataPlane.traffic())),
          TELL_MS,
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
    publish: (source) => outcomeOf(() => plane().publish(source)),
    withdraw: (sha256) => hosted?.dataPlane.withdraw(sha256),
    disconnect: (participant) => hosted?.dataPlane.disconnect(participant),
    close: () =>
      outcomeOf(async () => {
        clearInterval(telling);
        await hosted?.close();
      }),
  };
  const grid = callsOver<ReceptionCalls, DataPlaneCalls>(port, calls);

  async function sinkOf(request: number, incoming: IncomingTensors): Promise<TensorsSink> {
    const { upload, ...reception } = valueOf(await grid.receive(request, incoming));
    const writer = uploadWriter(reception);
    return {
      write: (chunk) => writer.write(chunk),
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

/** Who is told may be gone, with its thread. */
function forget(told: Promise<unknown>): void {
  told.catch(() => undefined);
}
