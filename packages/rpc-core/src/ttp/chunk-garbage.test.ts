import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const module = new URL('../../dist/ttp/chunk-garbage.js', import.meta.url).href;

it('the newest generation is collected for every eight megabytes of chunks that are done with', async () => {
  const script = `
    import { constants, PerformanceObserver } from 'node:perf_hooks';
    import { setImmediate } from 'node:timers/promises';
    import { chunkDone } from '${module}';
    let minor = 0;
    const observer = new PerformanceObserver((list) => {
      for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MINOR) minor++;
    });
    observer.observe({ entryTypes: ['gc'] });
    const counts = [];
    for (const done of [0, 65536]) {
      const before = minor;
      for (let at = 0; at < 4096; at++) {
        chunkDone(done);
        if (at % 64 === 0) await setImmediate();
      }
      await setImmediate();
      counts.push(minor - before);
    }
    console.log(JSON.stringify(counts), typeof gc);
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  const [counts = '', gc] = stdout.trim().split(' ');
  const [without, told] = JSON.parse(counts) as [number, number];
  expect(told - without).toBeGreaterThanOrEqual(31);
  // Whoever uses this package has no more globals than before.
  expect(gc).toBe('undefined');
}, 60_000);
