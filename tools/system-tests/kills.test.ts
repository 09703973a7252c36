import { setTimeout as delay } from 'node:timers/promises';
import { createRandom } from '@synergos/fed-algorithms';
import { islands } from '@synergos/example-penguins/penguins';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Federation } from './federation.js';

/** `npm run soak` sets a larger number. */
const KILLS = Number(process.env.SYNERGOS_KILLS ?? 6);
const SEED = Number(process.env.SYNERGOS_SEED ?? 1);
/** Rounds of about a tenth of a second: each kill interrupts another phase. */
const RUN = { rounds: 10 + 6 * KILLS, epochs: 12 };
const LONGEST_PAUSE_MS = 700;

const federation = new Federation();
// The kills must not count as crashes of the job.
beforeAll(() => federation.start({ ttp: ['--give-up-after', '1000'] }), 60_000);
afterAll(() => federation.close());

it(
  `a run with ${KILLS} random kills of TTP and workers has the model of an undisturbed run`,
  async () => {
    await federation.createRun('undisturbed', RUN);
    await federation.train('undisturbed');
    const expected = await federation.weights('undisturbed');

    const random = createRandom(SEED);
    let resumed = 0;
    const told: unknown[] = [];
    let over = false;
    await federation.createRun('disturbed', RUN);
    const training = federation
      .train('disturbed', ({ type, round }) => {
        if (type === 'resumed') resumed++;
        if (type === 'round_completed') told.push(round);
      })
      .finally(() => (over = true));
    let kills = 0;
    for (; kills < KILLS && !over; kills++) {
      await delay(random.uniform(0, LONGEST_PAUSE_MS));
      const victim = random.integer(islands.length + 1);
      const island = islands[victim];
      if (island === undefined) {
        await federation.restartTtp();
      } else {
        await federation.killWorker(island);
        federation.startWorker(island);
      }
    }
    await training;
    expect(kills).toBe(KILLS);
    expect(resumed).toBeGreaterThan(0);
    expect(await federation.weights('disturbed')).toEqual(expected);
    expect(told).toEqual(Array.from({ length: RUN.rounds }, (_, index) => index + 1));
  },
  30_000 + KILLS * 10_000,
);
