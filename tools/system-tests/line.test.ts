import { FaultProxy } from '@synergos/fault-proxy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, Federation } from './federation.js';

const federation = new Federation();
let proxy: FaultProxy;
let undisturbed: Float32Array;

beforeAll(async () => {
  await federation.start();
  await federation.createRun('undisturbed');
  await federation.train('undisturbed');
  undisturbed = await federation.weights('undisturbed');
  // One worker connects through a proxy that the tests can disturb.
  proxy = await FaultProxy.start(Number(new URL(federation.basic.dataUrl).port), { seed: 7 });
  await federation.killWorker('dream');
  federation.startWorker('dream', [], proxy.url);
  await eventually('the worker is back', () => proxy.connections > 0);
});
afterAll(async () => {
  await federation.close();
  await proxy[Symbol.asyncDispose]();
});

describe('a training over a bad connection', () => {
  it('ends with the undisturbed model if the connection breaks repeatedly', async () => {
    await federation.createRun('cut');
    const before = proxy.connections;
    const cutting = setInterval(() => proxy.cut(), 180);
    try {
      await federation.train('cut');
    } finally {
      clearInterval(cutting);
    }
    expect(proxy.connections - before).toBeGreaterThan(5);
    expect(await federation.weights('cut')).toEqual(undisturbed);
  });

  it('ends with the undisturbed model if rounds wait for a slow connection', async () => {
    proxy.plan = () => ({ delayMs: 30, bytesPerSecond: 12_500 });
    proxy.cut();
    await federation.createRun('slow');
    await federation.train('slow');
    expect(await federation.weights('slow')).toEqual(undisturbed);
    proxy.plan = () => ({});
    proxy.cut();
  });

  it('ends with the undisturbed model if the connection is dead while both ends consider it open', async () => {
    await federation.createRun('half-open');
    let isDead = false;
    const events: string[] = [];
    await federation.train('half-open', ({ type, round }) => {
      events.push(type);
      if (type !== 'round_started' || round !== 3 || isDead) return;
      isDead = true;
      proxy.halfOpen();
    });
    expect(isDead).toBe(true);
    expect(events).not.toContain('participant_dropped');
    expect(await federation.weights('half-open')).toEqual(undisturbed);
  }, 120_000);
});
