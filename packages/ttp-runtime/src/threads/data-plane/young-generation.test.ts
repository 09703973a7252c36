import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const module = new URL('./young-generation.js', import.meta.url).href;

it('collects the young generation and adds no global', async () => {
  const script = `
    import { constants, PerformanceObserver } from 'node:perf_hooks';
    import { setImmediate } from 'node:timers/promises';
    import { youngGenerationCollector } from '${module}';
    const collect = youngGenerationCollector();
    let minor = 0;
    const observer = new PerformanceObserver((list) => {
      for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MINOR) minor++;
    });
    observer.observe({ entryTypes: ['gc'] });
    for (let at = 0; at < 32; at++) {
      collect();
      await setImmediate();
    }
    await setImmediate();
    console.log(minor, typeof gc);
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  const [minor, gc] = stdout.trim().split(' ');
  expect(Number(minor)).toBeGreaterThanOrEqual(31);
  expect(gc).toBe('undefined');
}, 60_000);
