import { describe, expect, it } from 'vitest';
import { evaluateReplySchema, trainReplySchema } from './tasks.js';

const reply = {
  samples: 3,
  steps: 1,
  epochs: 1,
  loss: 0.5,
  stoppedEarly: false,
  seconds: 1,
  evaluation: null,
};

describe('replies', () => {
  it('may contain null for a loss that is not finite', () => {
    const evaluation = { samples: 3, loss: null, score: null };
    expect(trainReplySchema.parse({ ...reply, evaluation }).evaluation).toEqual(evaluation);
    expect(trainReplySchema.parse({ ...reply, loss: null }).loss).toBeNull();
    expect(evaluateReplySchema.parse({ ...evaluation, statistics: {}, resPath: 'x' }).loss).toBeNull();
  });
});
