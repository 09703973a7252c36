import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { processFigures } from './process.js';

it('reports a recent delay of the event loop once', async () => {
  const own = processFigures();
  onTestFinished(() => own.close());
  const late = async () =>
    (await own.measure()).find(({ name }) => name === 'process_event_loop_late_ms')!.value;
  await late();
  await delay(100);
  const until = performance.now() + 400;
  while (performance.now() < until) Math.sqrt(until);
  const told = await late();
  expect(told).toBeGreaterThan(300);
  expect(await late()).toBeLessThan(told);
});
