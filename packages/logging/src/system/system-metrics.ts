import type { Figure } from './figure.js';
import { machineFigures } from './machine.js';
import { nvidiaFigures } from './nvidia.js';
import { processFigures } from './process.js';

export interface SystemMetricsOptions {
  /** Seconds between two measurements; at least 1. */
  readonly resolutionSeconds: number;
  /** The disk that it lies on is measured. */
  readonly directory: string;
  /** Writes each measurement, and one record per graphics card. */
  readonly logger: { info(fields: object, message: string): void };
  /** Default: the one on the PATH. */
  readonly nvidiaSmi?: string;
}

export interface SystemMetrics {
  /** The last measurement; empty before the first. */
  latest(): readonly Figure[];
  close(): void;
}

/** Measures the machine, its cards and this process every few seconds, for as long as the process has something else to do. */
export function startSystemMetrics(options: SystemMetricsOptions): SystemMetrics {
  const { resolutionSeconds, directory, logger, nvidiaSmi } = options;
  if (!(resolutionSeconds >= 1))
    throw new RangeError(`resolutionSeconds: expected a number from 1, got ${resolutionSeconds}`);
  const machine = machineFigures(directory);
  const cards = nvidiaFigures(nvidiaSmi);
  const own = processFigures();
  let latest: readonly Figure[] = [];
  let busy = false;

  const measure = async () => {
    // A machine that is slow to answer is asked less often.
    if (busy) return;
    busy = true;
    const [ofMachine, ofCards] = await Promise.all([machine(), cards()]);
    latest = [...ofMachine, ...(await own.measure()), ...ofCards];
    busy = false;
    logger.info(fieldsOf(latest.filter(({ gpu }) => gpu === undefined)), 'system metrics');
    for (const gpu of new Set(ofCards.flatMap((figure) => figure.gpu ?? [])))
      logger.info(
        { gpu: Number(gpu), ...fieldsOf(ofCards.filter((figure) => figure.gpu === gpu)) },
        'card metrics',
      );
  };
  const timer = setInterval(() => void measure(), resolutionSeconds * 1000);
  timer.unref();
  void measure();
  return {
    latest: () => latest,
    close: () => {
      clearInterval(timer);
      own.close();
    },
  };
}

function fieldsOf(figures: readonly Figure[]): Record<string, number> {
  return Object.fromEntries(figures.map(({ name, value }) => [name, value]));
}
