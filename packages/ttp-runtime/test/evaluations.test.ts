import type { TaskHandler } from '@synergos/rpc-core';
import { describe, expect, it } from 'vitest';
import { grid, stepping } from './training-grid.js';

const ISSUE = "the evaluation loss is not finite: column 'a' holds values beyond 1000000000000000000";
const undefinedLoss = { samples: 3, loss: null, score: null, issue: ISSUE };

/** A worker that reports this evaluation for every model. */
const measuring = (evaluation: object, onTask?: (round: number) => Promise<void>) => ({
  train: stepping(1, onTask, () => evaluation),
  evaluate: (async () => ({
    payload: { ...evaluation, statistics: { R2: null }, resPath: '/there' },
  })) as TaskHandler,
});

function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

describe('an evaluation', () => {
  it('without a loss keeps the update, and names participant and column', async () => {
    await using there = await grid(
      {},
      { a: measuring({ samples: 1, loss: 0.5, score: 1 }), b: measuring(undefinedLoss) },
      { evaluates: true },
    );
    const { job, of } = await there.train();
    expect(job.state).toBe('completed');
    expect(of('participant_dropped')).toEqual([]);
    expect(of('update_received')).toHaveLength(4);
    expect(of('evaluation_undefined')).toEqual([{ round: 0, participant: 'b', reason: ISSUE }]);
    expect(of('metric').at(-1)).toMatchObject({ round: 2, loss: 0.5, participants: { b: undefinedLoss } });
    expect(await there.json('global_loss_history.json')).toMatchObject({ evaluate: [0.5, 0.5] });
    expect(await there.json('local_loss_history_b.json')).toMatchObject({ evaluate: [null, null] });
    expect((await there.validate()).state).toBe('completed');
    const [, b] = await there.records.list('Validation');
    expect(b?.body.evaluate).toMatchObject({
      loss: null,
      score: null,
      statistics: { R2: null },
      issue: ISSUE,
    });
  });

  it('without a loss at every participant means that the training diverged', async () => {
    await using there = await grid({}, { a: measuring(undefinedLoss) }, { evaluates: true });
    expect((await there.train()).job.error).toMatchObject({
      code: 'diverged',
      message: expect.stringContaining(
        `round 1: no participant could evaluate the global model (a: ${ISSUE})`,
      ),
    });
  });

  it('has bit-identical losses for any order of answers', async () => {
    const evaluationOf = (loss: number) => ({ samples: 1, loss, score: null });
    const losses: Readonly<Record<string, number>> = { a: 0.1, b: 0.2, c: 0.3 };
    const histories = [];
    for (const order of [
      ['a', 'b', 'c'],
      ['c', 'b', 'a'],
    ]) {
      const arrived = new Map(order.map((name) => [name, gate()]));
      const before = (name: string) => arrived.get(order[order.indexOf(name) - 1] ?? '')?.opened;
      const worker = (name: string) =>
        measuring(evaluationOf(losses[name] ?? NaN), async (round) =>
          round === 2 ? before(name) : undefined,
        );
      await using there = await grid(
        { rounds: 2 },
        { a: worker('a'), b: worker('b'), c: worker('c') },
        { evaluates: true },
      );
      const { of } = await there.train((_cancel, follow) =>
        follow(({ type, data }) => {
          if (type === 'update_received' && data.round === 2) arrived.get(String(data.participant))?.open();
        }),
      );
      expect(
        of('update_received')
          .slice(3)
          .map(({ participant }) => participant),
      ).toEqual(order);
      histories.push(await there.json('global_loss_history.json'));
    }
    expect(histories[0]).toEqual(histories[1]);
  });

  it('is reported with the invalid field, in one line, if it is malformed', async () => {
    const broken = measuring({ samples: 1, loss: 'low', score: null });
    await using there = await grid({ min_updates: 1 }, { a: stepping(1), b: broken }, { evaluates: true });
    expect((await there.train()).of('participant_dropped')[0]).toMatchObject({
      code: 'bad_reply',
      reason: expect.stringMatching(/^its answer to a train task is malformed: evaluation\.loss: [^\n{]+$/),
    });
  });
});
