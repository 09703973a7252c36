import { describe, expect, it } from 'vitest';
import { trainCase } from '../../test/local-case.js';

/** The slope of the loss is −1 throughout. */
const data = { W: [[0]], X: [[1]], targets: [[9]], lr: 0.1, epochs: 2 };
const given = { algorithm: 'Ditto', ditto_lambda: 2 };

describe('Ditto', () => {
  it('trains a personal model in addition to the local one, which trains as in FedAvg', async () => {
    const { update, state } = await trainCase(data, given);
    expect(update[0]).toBeCloseTo(0.2, 12);
    // Slopes −1 at v = w = 0, then −1 + 2 · (0.1 − 0).
    expect(state.v_k![0]).toBeCloseTo(0.1 + 0.08, 12);
  });

  it('resumes from its personal model in the next round', async () => {
    const v_k = Float64Array.of(1);
    const { update, state } = await trainCase(data, given, {}, { v_k });
    expect(update[0]).toBeCloseTo(0.2, 12);
    // Slopes −1 + 2 · 1, then −1 + 2 · 0.9.
    expect(state.v_k![0]).toBeCloseTo(1 - 0.1 - 0.08, 12);
    expect(v_k[0]).toBe(1);
  });
});
