import { afterAll, beforeAll, expect, it } from 'vitest';
import { Federation, IDS } from './federation.js';

const federation = new Federation();
const tags = { train: [['penguins', 'train']], evaluate: [['penguins', 'evaluate']] };
beforeAll(async () => {
  await federation.start();
  for (const participant_id of federation.workers.keys())
    await federation.driver.tags.update({ ...IDS, participant_id, ...tags });
});
afterAll(() => federation.close());

interface Outcome {
  readonly loss: number;
  readonly score: number;
}

async function outcomeOf(run_id: string, change: object): Promise<Outcome> {
  await federation.createRun(run_id, change);
  let last: Outcome | undefined;
  await federation.train(run_id, (event) => {
    if (event.type === 'metric') last = { loss: Number(event.loss), score: Number(event.score) };
  });
  if (last === undefined) throw new Error('no metric came');
  return last;
}

it.each(['float16', 'bfloat16', 'int8', 'top-k'])(
  'a training with updates as %s ends near the one without compression, with other weights',
  async (compression) => {
    const plain = await outcomeOf(`plain-for-${compression}`, {});
    const outcome = await outcomeOf(compression, { compression });
    console.log(
      `${compression}: loss ${outcome.loss.toFixed(5)}, score ${outcome.score.toFixed(4)}; ` +
        `without: loss ${plain.loss.toFixed(5)}, score ${plain.score.toFixed(4)}`,
    );
    expect(outcome.score).toBeGreaterThan(plain.score - 0.03);
    expect(Math.abs(outcome.loss - plain.loss)).toBeLessThan(0.1);
    expect(await federation.weights(compression)).not.toEqual(
      await federation.weights(`plain-for-${compression}`),
    );
  },
  60_000,
);

it('an unknown compression is rejected with the known ones', async () => {
  await expect(federation.createRun('zip', { compression: 'zip' })).rejects.toThrow(
    /unknown compression 'zip'; supported: none, float16, bfloat16, int8, top-k/,
  );
});
