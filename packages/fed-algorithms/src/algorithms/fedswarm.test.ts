import { expect, it } from 'vitest';
import type { ExchangeRound, Message } from '../exchange.js';
import { createRegistry } from '../registry.js';

it('FedSwarm chooses nobody without evaluation data, and says whose is missing', async () => {
  const answers: Readonly<Record<string, Message>> = {
    members: {
      values: { samples: 3, loss: 1 },
      tensors: { members: { shape: [1, 2], data: new Float32Array(2) } },
    },
    score: { values: { samples: 0 } },
  };
  const context = {
    cohort: ['a', 'b'],
    manifest: { tensors: [], size: 2 },
    askAll: (names: readonly string[], question: string) =>
      Promise.resolve(new Map(names.map((name) => [name, answers[question]!]))),
  };
  const round = createRegistry()
    .get('FedSwarm')
    .exchange!.round(context as unknown as ExchangeRound);
  await expect(round).rejects.toMatchObject({
    code: 'no_evaluation_data',
    message: expect.stringContaining('none of a, b scored any') as string,
  });
});
