import { describe, expect, it } from 'vitest';
import { absoluteErrorModel } from '../../test/absolute-error.js';
import type { ExchangeAnswer, ExchangeRound, Message } from '../exchange.js';
import { createRegistry } from '../registry.js';
import { parseRunArguments } from '../run-arguments.js';
import type { Samples } from '../training/samples.js';

const registry = createRegistry();
const { round, answers } = registry.get('FedSwarm').exchange!;
const argumentsOf = (raw: object) => parseRunArguments(registry, { algorithm: 'FedSwarm', ...raw }).arguments;
const vectorOf = (values: readonly number[]) => ({
  shape: [values.length],
  data: Float32Array.from(values),
});

describe('the TTP of FedSwarm', () => {
  /** Takes what participants are said to answer. */
  const askRound = (cohort: readonly string[], answer: (name: string, question: string) => Message) =>
    round({
      cohort,
      manifest: { tensors: [], size: 2 },
      askAll: (names: readonly string[], question: string) =>
        Promise.resolve(new Map(names.map((name) => [name, answer(name, question)]))),
    } as unknown as ExchangeRound);

  it('fails if no participant has evaluation data, and names the participants', async () => {
    const told: Readonly<Record<string, Message>> = {
      members: {
        values: { samples: 3, loss: 1 },
        tensors: { members: { shape: [1, 2], data: new Float32Array(2) } },
      },
      score: { values: { samples: 0 } },
    };
    await expect(askRound(['a', 'b'], (_, question) => told[question]!)).rejects.toMatchObject({
      code: 'no_evaluation_data',
      message: expect.stringContaining('none of a, b scored any') as string,
    });
  });

  it('takes the ensemble that scores best over all judges, each by its rows', async () => {
    const rows: Readonly<Record<string, number>> = { a: 1, b: 3 };
    const outcome = await askRound(['a', 'b'], (name, question) => {
      if (question === 'members') {
        const data = name === 'a' ? Float32Array.of(1, 1) : Float32Array.of(2, 2);
        return { values: { samples: 5, loss: 1 }, tensors: { members: { shape: [1, 2], data } } };
      }
      if (question === 'score')
        return {
          values: { samples: rows[name]! },
          tensors: {
            // Means over the rows: 0.3 and 0.6.
            scores: vectorOf(name === 'a' ? [0.9, 0] : [0.1, 0.8]),
            predictions: { shape: [2, 1], data: Float32Array.of(0, 1) },
          },
        };
      // Candidates: the first alone, both, the second alone. b has three times the rows.
      return { tensors: { scores: vectorOf(name === 'a' ? [1, 0, 0] : [0, 0.5, 0.4]) } };
    });
    expect(outcome.global).toEqual({
      members: [Float32Array.of(1, 1), Float32Array.of(2, 2)],
      shares: [expect.closeTo(1 / 3, 6), expect.closeTo(2 / 3, 6)],
    });
    expect(outcome.trained.get('a')).toEqual({ samples: 5, loss: 1 });
  });
});

describe('a participant of FedSwarm', () => {
  const ROWS = 40;
  const samples: Samples = {
    features: Float32Array.from({ length: ROWS }, (_, row) => row),
    shape: [1],
    targets: new Float32Array(ROWS).fill(1000),
    count: ROWS,
  };
  const plain = absoluteErrorModel(1, 1);

  /** Its answer, and the rows that each of its passes saw. */
  async function answer(question: string, raw: object, message: Message = {}) {
    const seen: number[][] = [];
    const model = {
      ...plain,
      lossAndGradient: (weights: Float32Array, batch: Samples) => {
        seen.push([...batch.features]);
        return plain.lossAndGradient(weights, batch, 0);
      },
    };
    const context = {
      args: argumentsOf({ lr_scheduler: 'none', epochs: 1, ...raw }),
      model: [],
      manifest: plain.manifest,
      global: new Float32Array(1),
      message,
      seed: 4,
      signal: new AbortController().signal,
      compile: () => Promise.resolve(model),
      samples: () => Promise.resolve(samples),
      // Nearer to 7 is better.
      evaluation: () =>
        Promise.resolve({
          samples: { ...samples, features: Float32Array.of(1), targets: Float32Array.of(7), count: 1 },
          score: ([output]: Float32Array) => 1 / (1 + Math.abs(output! - 7)),
        }),
    };
    return { seen, ...(await answers[question]!(context as unknown as ExchangeAnswer)) };
  }

  it('trains each member on its own batches, without repetition', async () => {
    const raw = { swarm_size: 3, batches_per_member: 4, batch_size: 5 };
    const { seen, tensors, values } = await answer('members', raw);
    expect(tensors!.members!.shape).toEqual([3, 1]);
    expect(new Set(tensors!.members!.data).size).toBe(3);
    expect(values!.samples).toBe(ROWS);
    const ofMember = [0, 4, 8].map((start) => seen.slice(start, start + 4).flat());
    expect(seen).toHaveLength(3 * 4);
    for (const rows of ofMember) {
      expect(rows).toHaveLength(4 * 5);
      expect(new Set(rows).size).toBe(4 * 5);
    }
    expect(new Set(ofMember.map((rows) => rows.toSorted((a, b) => a - b).join())).size).toBe(3);
  });

  it('draws a batch twice if the arguments allow it', async () => {
    const raw = { swarm_size: 1, batches_per_member: 30, batch_size: 20, with_replacement: true };
    const { seen } = await answer('members', raw);
    // Thirty of the two that there are.
    expect(seen.flat()).toHaveLength(30 * 20);
  });

  it('scores members and ensembles on its evaluation data', async () => {
    const members = { shape: [2, 1], data: Float32Array.of(7, 4) };
    const { values, tensors } = await answer('score', {}, { tensors: { members } });
    expect(values).toEqual({ samples: 1 });
    expect([...tensors!.scores!.data]).toEqual([1, 0.25]);
    expect([...tensors!.predictions!.data]).toEqual([7, 4]);
    const shares = { shape: [2, 2], data: Float32Array.of(0, 1, 1 / 3, 2 / 3) };
    const judged = await answer('ensembles', {}, { tensors: { members, shares } });
    expect(judged.tensors!.scores!.data[0]).toBeCloseTo(0.25, 6);
    // A third of 7 and two of 4 are 5.
    expect(judged.tensors!.scores!.data[1]).toBeCloseTo(1 / 3, 6);
  });
});

it('FedSwarm refuses more than one round, by name', () => {
  expect(() => argumentsOf({ rounds: 2 })).toThrow(/^rounds: .*expected 1, got 2/);
});
