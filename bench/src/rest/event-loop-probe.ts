import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Loaded into a TTP's process by `node --import`: measures how long its event loop is kept from turning. Asked over
 * IPC, it answers with the delays since it was asked last.
 */
export interface LoopDelays {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const RESOLUTION_MS = 1;
const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delays.enable();
process.on('message', () => {
  const ms = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  const { max } = delays;
  const told: LoopDelays = {
    p50Ms: ms(delays.percentile(50)),
    p99Ms: ms(delays.percentile(99)),
    maxMs: ms(max),
  };
  delays.reset();
  process.send?.(told);
});
process.channel?.unref();
