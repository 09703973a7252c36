import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { ClusterFederation } from './cluster-federation.js';
import { EXPERIMENT, Federation, IDS } from './federation.js';

const plugin = ['--plugin', fileURLToPath(new URL('fixtures/slow-step.mjs', import.meta.url))];
const run = { algorithm: 'SlowStep', rounds: 2, epochs: 1 };
const names = { ...IDS, expt_id: EXPERIMENT, run_id: 'slow' };

/** Longest response time of the data port during the work. */
async function longestAnswerMs(dataUrl: string, work: Promise<unknown>): Promise<number> {
  let longest = 0;
  let isOver = false;
  const over = () => void (isOver = true);
  work.then(over, over);
  while (!isOver) {
    const startedMs = performance.now();
    await (await fetch(`${dataUrl}/v1/tensors/none`)).arrayBuffer();
    longest = Math.max(longest, performance.now() - startedMs);
    await delay(20);
  }
  await work;
  return longest;
}

it.each(['basic', 'cluster'] as const)(
  'a %s TTP answers its workers while it computes',
  async (kind) => {
    const federation = kind === 'basic' ? new Federation() : new ClusterFederation();
    onTestFinished(() => federation.close());
    if (federation instanceof Federation) await federation.start({ ttp: plugin, worker: plugin });
    else await federation.start({ grids: 1, options: plugin });
    await federation.createRun('slow', run);
    const dataUrl =
      federation instanceof Federation ? federation.basic.dataUrl : (federation.ttps[0]?.dataUrl ?? '');
    const startedMs = performance.now();
    const longest = await longestAnswerMs(dataUrl, federation.driver.models.create(names));
    expect(performance.now() - startedMs).toBeGreaterThan(2 * 3000);
    expect(longest).toBeLessThan(1000);
  },
  180_000,
);
