import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Figure } from './figure.js';

const FIELDS = [
  ['utilization.gpu', 'gpu_percent', 'Time in which the card computed.', 1],
  ['memory.used', 'gpu_memory_used_bytes', 'Memory of the card in use.', 2 ** 20],
  ['memory.total', 'gpu_memory_total_bytes', 'Memory of the card.', 2 ** 20],
  ['temperature.gpu', 'gpu_temperature_celsius', 'Temperature of the card.', 1],
  ['power.draw', 'gpu_power_watts', 'Power that the card takes.', 1],
] as const;
const QUERY = `--query-gpu=index,${FIELDS.map(([field]) => field).join(',')}`;
const TIMEOUT_MS = 3000;

/** Reads metrics of NVIDIA cards from `nvidia-smi`, which is not called again if it is missing. Unknown values are `[N/A]`. */
export function nvidiaFigures(command = 'nvidia-smi'): () => Promise<readonly Figure[]> {
  const run = promisify(execFile);
  let missing = false;
  return async () => {
    if (missing) return [];
    try {
      const { stdout } = await run(command, [QUERY, '--format=csv,noheader,nounits'], {
        timeout: TIMEOUT_MS,
      });
      return stdout.trim().split('\n').flatMap(figuresOf);
    } catch (error) {
      missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      return [];
    }
  };
}

function figuresOf(line: string): readonly Figure[] {
  const [gpu = '', ...values] = line.split(',').map((value) => value.trim());
  return FIELDS.flatMap(([, name, help, unit], index) => {
    const value = Number.parseFloat(values[index] ?? '');
    return Number.isFinite(value) ? [{ name, help, value: value * unit, gpu }] : [];
  });
}
