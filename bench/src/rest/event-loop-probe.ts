import { monitorEventLoopDelay } from 'node:perf_hooks';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

/**
 * Loaded into a TTP's process, and so into its threads, by `node --import`: measures how long their event loops are
 * kept from turning. Asked over IPC, it answers with the delays since it was asked last.
 */
export interface LoopDelays {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}
export interface ProcessDelays {
  /** Serves the REST API. */
  readonly main: LoopDelays;
  /** Does the phases, and aggregates. */
  readonly grid: LoopDelays;
  /** Serves the workers. */
  readonly dataPlane: LoopDelays;
}

const RESOLUTION_MS = 1;
const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delays.enable();
const channel = new BroadcastChannel('event-loop-probe');
channel.unref();

if (isMainThread) {
  process.on('message', () => channel.postMessage('read'));
  process.channel?.unref();
  let told: Partial<ProcessDelays> = {};
  channel.onmessage = (event) => {
    told = { ...told, ...((event as MessageEvent).data as Partial<ProcessDelays>) };
    if (told.grid === undefined || told.dataPlane === undefined) return;
    process.send?.({ ...told, main: take() });
    told = {};
  };
} else {
  const name = process.argv[1]?.includes('data-plane') === true ? 'dataPlane' : 'grid';
  channel.onmessage = (event) => {
    if ((event as MessageEvent).data === 'read') channel.postMessage({ [name]: take() });
  };
}

function take(): LoopDelays {
  const ms = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  const taken = {
    p50Ms: ms(delays.percentile(50)),
    p99Ms: ms(delays.percentile(99)),
    maxMs: ms(delays.max),
  };
  delays.reset();
  return taken;
}
