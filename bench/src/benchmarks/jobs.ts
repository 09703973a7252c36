import { PrivateRabbitmq } from '@synergos/services';
import type { Benchmark } from '../benchmark.js';
import { measureOverhead } from '../jobs/overhead.js';
import { measureCores, measureSpeedUp } from '../jobs/speed-up.js';

const NOOPS = 500;
const TRAININGS = 8;

/** Measures jobs over RabbitMQ: the overhead of the queue, and the speed-up by a second TTP. */
export const jobs: Benchmark = {
  name: 'jobs',
  summary: `${NOOPS} no-op jobs at one TTP, beside the in-process queue; ${TRAININGS} trainings on one grid and on two`,
  async run(print) {
    await using rabbitmq = await PrivateRabbitmq.start();
    const { medianMs, inProcessMs, lost, doubled } = await measureOverhead(rabbitmq, NOOPS);
    print(
      `a no-op job takes ${medianMs.toFixed(1)} ms (median) at the TTP, ${inProcessMs.toFixed(1)} ms in the process alone; ` +
        `${lost} lost, ${doubled} doubled`,
    );
    const { oneSeconds, twoSeconds, cpu, pinned } = await measureSpeedUp(rabbitmq, TRAININGS);
    const speedUp = oneSeconds / twoSeconds;
    const cores = pinned ? await measureCores() : Number.NaN;
    print(
      `${TRAININGS} trainings: ${oneSeconds.toFixed(1)} s on one grid, ${twoSeconds.toFixed(1)} s on two (${speedUp.toFixed(2)} times as fast)` +
        (pinned
          ? `, a core each; two cores compute ${cores.toFixed(2)} times as much as one`
          : '; the grids could not be given a core each'),
    );
    // Based on CPU time: excludes waiting and the load of other processes on the machine.
    const byCpu = (2 * cpu.one) / (cpu.two + cpu.shared);
    print(
      `CPU time of a training: ${cpu.one.toFixed(2)} s on one grid, ${cpu.two.toFixed(2)} s on one of two, and ` +
        `${(1000 * cpu.shared).toFixed(0)} ms of director and broker; by that, two grids could do ${byCpu.toFixed(2)} times as much`,
    );
    return {
      overhead_ms: round(medianMs),
      in_process_ms: round(inProcessMs),
      speedup_two_ttps: round(speedUp),
      speedup_two_cores: round(cores),
      speedup_by_cpu_time: round(byCpu),
      shared_cpu_ms: round(1000 * cpu.shared),
      lost,
      doubled,
    };
  },
};

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
