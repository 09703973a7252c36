import type { Benchmark } from '../benchmark.js';
import { measureMedian } from '../out-of-core/measure.js';

const COUNT = 64;
const VALUES = 25_000_000;
const QUICK_VALUES = 1_000_000;
const MOST_GB = 1;

/** Robust rules need all updates at once, and never hold them. */
export const outOfCore: Benchmark = {
  name: 'out-of-core',
  summary: 'the median of 64 updates of 100 MB in files, by a process that may take 1 GB',
  async run(print, { quick = false }) {
    const size = quick ? QUICK_VALUES : VALUES;
    const { seconds, most } = await measureMedian(COUNT, size);
    const gigabytes = (COUNT * size * 4) / 1e9;
    print(
      `${COUNT} × ${(size * 4) / 1e6} MB: ${seconds.toFixed(1)} s, ${(gigabytes / seconds).toFixed(2)} GB/s, most resident memory ${(most / 1e9).toFixed(2)} GB`,
    );
    if (most > MOST_GB * 1e9) throw new Error(`it took ${most / 1e9} GB of memory`);
    return {
      seconds: Math.round(seconds * 100) / 100,
      most_gb: Math.round(most / 1e6) / 1e3,
      gb_s: Math.round((gigabytes / seconds) * 100) / 100,
    };
  },
};
