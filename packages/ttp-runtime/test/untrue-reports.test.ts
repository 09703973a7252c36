import { decodeSafetensors, encodeSafetensors, type TaskHandler, type TrainTask } from '@synergos/rpc-core';
import { describe, expect, it } from 'vitest';
import { grid } from './training-grid.js';

interface Claims {
  readonly step: number;
  readonly samples?: number;
  readonly steps?: number;
  readonly values?: Readonly<Record<string, number>>;
  /** Value of each vector sent with the update. */
  readonly auxiliary?: Readonly<Record<string, number>>;
}

/** A participant with an update of `step` everywhere and arbitrary reports. */
const reporting =
  ({ step, samples = 10, steps = 1, values = {}, auxiliary = {} }: Claims): TaskHandler =>
  async ({ tensors }) => {
    const { tensors: infos, data } = decodeSafetensors(tensors.global ?? new Uint8Array());
    const filled = (value: number) =>
      encodeSafetensors(
        infos,
        data.map(() => value),
      );
    return {
      payload: {
        ...{ samples, steps, epochs: 1, loss: 1, stoppedEarly: false, seconds: 0, evaluation: null },
        values,
      },
      tensors: {
        ...Object.fromEntries(Object.entries(auxiliary).map(([name, value]) => [name, filled(value)])),
        update: filled(step),
      },
    };
  };

/** Time enough for all of them to connect on a busy machine. */
const patient = { connectTimeoutMs: 60_000 };
const MOST = Number.MAX_SAFE_INTEGER;
const rows = { a: 10, b: 10, c: 10, d: 10, e: 10 };

/** One round from zeros; returns the value of the model afterwards. */
async function moved(
  run: object,
  workers: Readonly<Record<string, Claims>>,
  aligned: Readonly<Record<string, number>> = rows,
) {
  const handlers = Object.fromEntries(Object.entries(workers).map(([name, told]) => [name, reporting(told)]));
  await using there = await grid({ rounds: 1, initial_weights: 'zeros', ...run }, handlers, {
    rows: aligned,
  });
  const { job, of } = await there.train();
  const model = await there.model();
  const value = model === undefined ? undefined : decodeSafetensors(model).data[0];
  const dropped = of('participant_dropped') as { participant: string; code: string; reason: string }[];
  return { job, value, dropped, of };
}

const honest = (step: number, more: object = {}): Claims => ({ step, ...more });

describe('a participant that reports 2^53 − 1 samples', () => {
  it.each([
    [{ algorithm: 'FedAvg' }, 0.2],
    [{ algorithm: 'FedNova' }, 0.2],
    [{ algorithm: 'FedAvg', aggregator: 'geometric-median' }, 0.1],
    [{ algorithm: 'FedAvg', aggregator: 'fixed-point', value_bound: 1 }, 0.2],
  ])('weighs no more than its rows: %o', async (run, expected) => {
    const values = { a: 1 };
    const { value } = await moved(run, {
      ...Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, honest(0.1, { values })])),
      e: { step: 0.6, samples: MOST, values },
    });
    expect(value).toBeCloseTo(expected, 4);
  });

  it('weighs no more than its rows among the updates that multi-krum selects', async () => {
    const run = { algorithm: 'FedAvg', aggregator: 'multi-krum', byzantine: 1 };
    const { value } = await moved(run, {
      ...Object.fromEntries(['a', 'b', 'c'].map((name) => [name, honest(0.1)])),
      // Excluded: the farthest of all.
      d: honest(0.9),
      e: { step: 0.2, samples: MOST },
    });
    expect(value).toBeCloseTo(0.125, 6);
  });

  it('is reported with the rows that it has', async () => {
    const { of } = await moved({ algorithm: 'FedAvg' }, { a: { step: 1, samples: MOST } });
    expect(of('update_received')).toMatchObject([{ participant: 'a', samples: 10 }]);
  });

  it('is left out of fixed-point sums if the project was aligned by an older version, and the job continues', async () => {
    const { job, value, dropped } = await moved(
      { algorithm: 'FedAvg', aggregator: 'fixed-point' },
      { a: honest(0.25), b: honest(0.25), c: { step: 0.5, samples: MOST } },
      {},
    );
    expect(job.state).toBe('completed');
    expect(value).toBeCloseTo(0.25, 5);
    expect(dropped).toMatchObject([
      { participant: 'c', code: 'bad_values', reason: expect.stringContaining('samples: fixed-point') },
    ]);
  });
});

describe('a number outside of its definition drops the participant by name', () => {
  const three = (run: object, values: object, liar: Claims) =>
    moved(run, { a: honest(0.1, { values }), b: honest(0.1, { values }), c: liar });

  it.each([
    ['a of FedNova: 0', { algorithm: 'FedNova' }, { a: 1 }, { a: 0 }, /a ≤ 5 of 1 steps, got 0$/],
    ['a of FedNova: negative', { algorithm: 'FedNova' }, { a: 1 }, { a: -3 }, /got -3$/],
    ['a of FedNova: tiny', { algorithm: 'FedNova' }, { a: 1 }, { a: 1e-300 }, /got 1e-300$/],
    ['a of FedNova: large', { algorithm: 'FedNova' }, { a: 1 }, { a: 160_000 }, /got 160000$/],
    [
      'a loss of q-FedAvg that is missing',
      { algorithm: 'q-FedAvg' },
      { loss: 1 },
      {},
      /values\.loss: expected/,
    ],
    [
      'a squared norm of q-FedAvg that is negative',
      { algorithm: 'q-FedAvg' },
      { loss: 1 },
      { loss: 1, squared_norm: -1e6 },
      /values\.squared_norm: expected a number ≥ 0, got -1000000$/,
    ],
  ])('%s', async (_what, run, values, untrue, reason) => {
    const { job, dropped, value } = await three({ ...run, lr_scheduler: 'CyclicLR' }, values, {
      step: 0.1,
      values: untrue,
    });
    expect(job.state).toBe('completed');
    expect(dropped).toMatchObject([
      { participant: 'c', code: 'bad_values', reason: expect.stringMatching(reason) },
    ]);
    if (run.algorithm === 'FedNova') expect(value).toBeCloseTo(0.1, 6);
  });

  it('steps that its rows and epochs do not allow', async () => {
    const run = { algorithm: 'FedAvg', epochs: 2, batch_size: 5 };
    const { dropped } = await three(run, {}, { step: 0.1, steps: 5 });
    expect(dropped).toMatchObject([
      { participant: 'c', reason: 'steps: expected at most 4 for 10 rows in 2 epochs, got 5' },
    ]);
  });

  it('q-FedAvg uses the norm of the received update, not the reported one', async () => {
    const run = { algorithm: 'q-FedAvg', lr: 1, q: 1 };
    const values = { loss: 1, squared_norm: 0 };
    const { value } = await moved(run, { a: honest(0.1, { values }), b: honest(0.1, { values }) });
    // Two values: ‖Δ‖² = 0.02, h_k = 1 · 0.02 + 1.
    expect(value).toBeCloseTo(0.1 / 1.02, 6);
  });
});

describe('FedNova with a rule that does not weigh', () => {
  it('moves by 0.1 if three of four report it, for any effective steps of the fourth', async () => {
    const values = { a: 1 };
    const names = ['a', 'b', 'c'];
    const run = { algorithm: 'FedNova', aggregator: 'median', lr_scheduler: 'CyclicLR' };
    const { value } = await moved(run, {
      ...Object.fromEntries(names.map((name) => [name, honest(0.1, { values })])),
      d: { step: 0.1, values: { a: 5 } },
    });
    expect(value).toBeCloseTo(0.1, 6);
  });

  it('takes the median of updates divided by their steps', async () => {
    const run = { algorithm: 'FedNova', aggregator: 'median', lr_scheduler: 'none' };
    const of = (steps: number): Claims => ({ step: 0.1 * steps, steps, values: { a: steps } });
    const { value } = await moved(run, { a: of(1), b: of(2), c: of(10) });
    expect(value).toBeCloseTo(0.2, 6);
  });
});

describe('a vector sent with the update', () => {
  it('is aggregated by the same rule: one participant of three does not move the control variate', async () => {
    const run = { algorithm: 'SCAFFOLD', aggregator: 'median', outlier_factor: 0, rounds: 1 };
    const handlers = {
      a: reporting({ step: 0.1, auxiliary: { delta_c: 0.5 } }),
      b: reporting({ step: 0.1, auxiliary: { delta_c: 0.5 } }),
      c: reporting({ step: 0.1, auxiliary: { delta_c: 1e9 } }),
    };
    let sent: Float32Array | undefined;
    const spying: TaskHandler = async (task) => {
      if ((task.payload as TrainTask).round === 2) sent = decodeSafetensors(task.tensors.c!).data;
      return handlers.a(task);
    };
    await using there = await grid({ ...run, rounds: 2 }, { ...handlers, a: spying }, { ...patient, rows });
    expect((await there.train()).job.state).toBe('completed');
    expect([...sent!]).toEqual([0.5, 0.5]);
  });
});

describe('an update of a norm far above the median of its round', () => {
  const workers = (step: number) => ({
    a: honest(0.1),
    b: honest(0.2),
    c: honest(0.3),
    d: { step } satisfies Claims,
  });

  it('is dropped by name', async () => {
    const { job, value, dropped } = await moved({ algorithm: 'FedAvg' }, workers(1e30));
    expect(job.state).toBe('completed');
    expect(value).toBeCloseTo(0.2, 6);
    expect(dropped).toMatchObject([
      {
        participant: 'd',
        code: 'outlying_norm',
        reason: expect.stringMatching(/^the norm of its update is 1\.41e\+30, .*outlier_factor/),
      },
    ]);
  });

  it('is reported, and counts, if the run requests that or the factor is larger', async () => {
    const off = await moved({ algorithm: 'FedAvg', outlier_factor: 0 }, workers(1000));
    expect(off.value).toBeCloseTo(250.15, 2);
    expect(off.dropped).toEqual([]);
    expect(off.of('outlying_norm')).toMatchObject([{ round: 1, participant: 'd', of: 'update' }]);
    const below = await moved({ algorithm: 'FedAvg' }, workers(50));
    expect(below.dropped).toEqual([]);
    expect(below.of('outlying_norm')).toMatchObject([{ participant: 'd' }]);
  });

  it('is treated the same in a vector sent with it', async () => {
    const auxiliary = { delta_c: 0.5 };
    const { dropped } = await moved(
      { algorithm: 'SCAFFOLD' },
      {
        ...Object.fromEntries(['a', 'b', 'c'].map((name) => [name, honest(0.1, { auxiliary })])),
        d: { step: 0.1, auxiliary: { delta_c: 1e30 } },
      },
    );
    expect(dropped).toMatchObject([
      { participant: 'd', reason: expect.stringContaining('norm of its delta_c') },
    ]);
  });

  it.each([
    ['is dropped by name', 1000, ['d']],
    ['is reported', 0, []],
  ])('%s in a training without rounds whose outlier_factor is %i', async (_what, outlier_factor, names) => {
    const run = { algorithm: 'FedBuff', buffer_size: 3, rounds: 3, outlier_factor };
    const { job, value, dropped, of } = await moved(run, workers(1e30));
    expect(job.error).toBeNull();
    expect(Math.abs(value ?? NaN) < 1).toBe(names.length > 0);
    expect([...new Set(dropped.map(({ participant }) => participant))]).toEqual(names);
    const [first] = names.length > 0 ? dropped : of('outlying_norm');
    expect(first).toMatchObject(
      names.length > 0
        ? { code: 'outlying_norm', reason: expect.stringContaining('times the median of the recent updates') }
        : { participant: 'd', of: 'update' },
    );
  });

  it('is dropped by name if each update moves the model', async () => {
    let late: () => void = () => undefined;
    const others = new Promise<void>((resolve) => (late = resolve));
    const counting: TaskHandler = (task) => {
      if ((task.payload as TrainTask).round > 5) late();
      return reporting({ step: 0.1 })(task);
    };
    const handlers = { a: counting, b: counting, c: counting };
    const d: TaskHandler = (task) => others.then(() => reporting({ step: 1e30 })(task));
    const run = { algorithm: 'FedAsync', rounds: 20 };
    await using there = await grid(run, { ...handlers, d }, { ...patient, rows });
    const { job, of } = await there.train();
    expect(job.error).toBeNull();
    expect(of('participant_dropped')[0]).toMatchObject({ participant: 'd', code: 'outlying_norm' });
    expect(Math.abs(decodeSafetensors((await there.model())!).data[0]!)).toBeLessThan(10);
  });

  it('is not searched for with two participants, which have no majority', async () => {
    const { dropped } = await moved({ algorithm: 'FedAvg' }, { a: honest(0.1), b: { step: 1e6 } });
    expect(dropped).toEqual([]);
  });
});

describe('an update that exceeds the staleness cutoff', () => {
  it('does not continue the momentum of the server', async () => {
    let begun: () => void = () => undefined;
    const secondRound = new Promise<void>((resolve) => (begun = resolve));
    const first: TaskHandler = (task) => {
      if ((task.payload as TrainTask).round === 1) return reporting({ step: 1 })(task);
      begun();
      return new Promise(() => undefined);
    };
    const late: TaskHandler = (task) => secondRound.then(() => reporting({ step: 1 })(task));
    const stale = { staleness_rule: 'threshold', staleness_cutoff: 0, staleness_beyond: 0 };
    await using there = await grid(
      { algorithm: 'FedBuff', buffer_size: 1, server_momentum: 0.5, ...stale, initial_weights: 'zeros' },
      { a: first, b: late },
      { ...patient, rows },
    );
    const { job, of } = await there.train();
    expect(job.error).toBeNull();
    expect(of('update_received')).toMatchObject([{ participant: 'a' }, { participant: 'b', staleness: 1 }]);
    expect(decodeSafetensors((await there.model())!).data[0]).toBe(1);
  });
});

describe('the number of tolerated participants', () => {
  it('is an event of a training without rounds, of one buffer', async () => {
    const workers = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, honest(0.1)]));
    const { of } = await moved({ algorithm: 'FedBuff', buffer_size: 5, aggregator: 'median' }, workers);
    expect(of('aggregation')).toEqual([{ updates: 5, aggregator: 'median', tolerates: 2 }]);
  });

  it.each([
    [{}, { aggregator: 'mean', tolerates: 0 }],
    [{ aggregator: 'median' }, { aggregator: 'median', tolerates: 2 }],
    [{ aggregator: 'trimmed-mean' }, { aggregator: 'trimmed-mean', tolerates: 1 }],
    [
      { aggregator: 'krum', byzantine: 1 },
      { aggregator: 'krum', tolerates: 1 },
    ],
  ])('is among the events of a job: %o', async (run, expected) => {
    const workers = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, honest(0.1)]));
    const { of } = await moved({ algorithm: 'FedAvg', ...run }, workers);
    expect(of('round_started')).toMatchObject([expected]);
  });
});
