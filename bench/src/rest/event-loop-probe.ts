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
  /** Serves the workers, and aggregates. */
  readonly grid: LoopDelays;
}

const RESOLUTION_MS = 1;
const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delays.enable();
const channel = new BroadcastChannel('event-loop-probe');
channel.unref();

if (isMainThread) {
  process.on('message', () => channel.postMessage('read'));
  process.channel?.unref();
  channel.onmessage = (event) => {
    const grid = (event as MessageEvent).data as LoopDelays;
    process.send?.({ main: take(), grid });
  };
} else {
  channel.onmessage = () => channel.postMessage(take());
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
