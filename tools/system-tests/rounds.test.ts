import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Federation } from './federation.js';

/** `npm run soak` trains 10,000. */
const ROUNDS = Number(process.env.SYNERGOS_ROUNDS ?? 300);
const WARM_UP = Math.max(100, ROUNDS / 10);
/** A process is still warming up for a hundred rounds: its heap had no full collection yet. */
const MOST_GROWTH = ROUNDS >= 10_000 ? 1.1 : 1.3;

const federation = new Federation();
beforeAll(() => federation.start(), 60_000);
afterAll(() => federation.close());

it(
  `${ROUNDS} rounds complete with no more memory than the first ${WARM_UP}`,
  async () => {
    const residentMb = () => {
      const status = readFileSync(`/proc/${federation.basic.process.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
    };
    let warm = 0;
    let done = 0;
    await federation.createRun('many-rounds', { rounds: ROUNDS, epochs: 1 });
    await federation.train('many-rounds', (event) => {
      if (event.type !== 'round_completed') return;
      done = Number(event.round);
      if (done <= WARM_UP) warm = Math.max(warm, residentMb());
    });
    const end = residentMb();
    console.log(`${done} rounds: ${warm.toFixed(0)} MB after ${WARM_UP}, ${end.toFixed(0)} MB after all`);
    expect(done).toBe(ROUNDS);
    expect(end).toBeLessThan(warm * MOST_GROWTH);
  },
  60_000 + ROUNDS * 100,
);
