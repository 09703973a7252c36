import { expect, it } from 'vitest';
import { trainCase } from '../../test/local-case.js';

it('weights that the last step takes beyond the finite numbers are an error, though no loss was', async () => {
  const data = { W: [[0]], X: [[10]], targets: [[9]], lr: Number.MAX_VALUE, epochs: 1 };
  await expect(trainCase(data, { algorithm: 'FedAvg' })).rejects.toMatchObject({ code: 'diverged' });
});

it('the local loss has the terms of l1_lambda and l2_lambda, of every algorithm', async () => {
  const data = { W: [[-2]], X: [[1]], targets: [[9]], lr: 0.1, epochs: 1 };
  for (const algorithm of ['FedAvg', 'FedProx', 'FedNova', 'Ditto']) {
    const { update } = await trainCase(data, { algorithm, l1_lambda: 0.5, l2_lambda: 0.25 });
    // The slope is −1 + 0.5 · sign(−2) + 0.25 · (−2).
    expect(update[0]).toBeCloseTo(0.1 * 2, 12);
  }
});
