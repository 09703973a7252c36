import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import type { Figure } from './figure.js';

const RESOLUTION_MS = 10;

/** Metrics of this process since the last call. `close` stops the event loop monitor. */
export function processFigures(): { measure(): Promise<readonly Figure[]>; close(): void } {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let cpu = process.cpuUsage();
  let atMs = performance.now();
  return {
    measure: async () => {
      // The watch sees a turn that was late in the next one; reset before that, it never would.
      await turn();
      await turn();
      const { user, system } = process.cpuUsage(cpu);
      const seconds = (performance.now() - atMs) / 1000;
      cpu = process.cpuUsage();
      atMs = performance.now();
      const figures = [
        figure(
          'process_cpu_percent',
          'CPU time of all its threads; 100 is one core.',
          rounded((user + system) / 1e4 / seconds),
        ),
        ...memoryFigures(),
        // What is measured includes the pause between two measurements.
        figure(
          'process_event_loop_late_ms',
          'Longest that a turn of the main event loop was late.',
          rounded(Math.max(0, delay.max / 1e6 - RESOLUTION_MS)),
        ),
        figure('process_uptime_seconds', 'Since its start.', Math.round(process.uptime())),
      ];
      delay.reset();
      return figures;
    },
    close: () => void delay.disable(),
  };
}

/** Empty if the system does not provide them, as in a container without /proc. */
function memoryFigures(): readonly Figure[] {
  try {
    const { rss, heapUsed, external } = process.memoryUsage();
    return [
      figure('process_resident_bytes', 'Memory of the process.', rss),
      figure('process_heap_used_bytes', 'JavaScript objects of the main thread.', heapUsed),
      figure('process_external_bytes', 'Buffers of the main thread.', external),
    ];
  } catch {
    return [];
  }
}

const figure = (name: string, help: string, value: number): Figure => ({ name, help, value });
const rounded = (value: number) => Math.round(value * 10) / 10;
