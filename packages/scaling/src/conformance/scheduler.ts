import assert from 'node:assert/strict';
import { createUnitRandom } from '../tuner/random.js';
import type { Progress, Scheduler, Step } from '../tuner/scheduler.js';
import type { Mode, Trial } from '../tuner/trial.js';
import type { Behaviour } from './job-store.js';

export interface Simulation {
  readonly maxTrials?: number;
  readonly rounds?: number;
  readonly gracePeriod?: number;
  readonly reductionFactor?: number;
  readonly mode?: Mode;
  /** Number of concurrent trials. */
  readonly concurrency?: number;
  /** The metric of a trial after some rounds; null: it fails. Default: the same for all rounds, another for each trial. */
  readonly value?: (trial: number, rounds: number) => number | null;
  readonly seed?: number;
}

export interface Simulated {
  readonly trials: readonly Trial[];
  readonly steps: readonly Step[];
}

const MOST_STEPS = 100_000;

/** Lets a scheduler have its way over trials whose values are known; they report in random order. */
export function simulate(scheduler: Scheduler, simulation: Simulation = {}): Simulated {
  const { maxTrials = 20, rounds = 9, gracePeriod = 1, reductionFactor = 3, mode = 'max' } = simulation;
  const { concurrency = 1, value = (trial) => trial, seed = 1 } = simulation;
  const random = createUnitRandom('simulate', seed);
  const trials: Trial[] = [];
  const steps: Step[] = [];
  const training = () => trials.filter(({ state }) => state === 'training');
  const change = (number: number, fields: Partial<Trial>) => {
    trials[number - 1] = { ...trials[number - 1]!, ...fields };
  };
  for (;;) {
    assert.ok(steps.length < MOST_STEPS, 'it comes to no end');
    const progress: Progress = { trials, mode, maxTrials, rounds, gracePeriod, reductionFactor };
    const before = JSON.stringify(trials);
    const step: Step = training().length < concurrency ? scheduler.next(progress) : { action: 'wait' };
    assert.deepEqual(
      scheduler.next(JSON.parse(JSON.stringify(progress)) as Progress),
      scheduler.next(progress),
    );
    assert.equal(JSON.stringify(trials), before);
    steps.push(step);
    if (step.action === 'start') {
      assert.ok(trials.length < maxTrials, 'it starts more trials than there may be');
      const number = trials.length + 1;
      const target = Math.min(step.rounds, rounds);
      trials.push({
        number,
        run_id: `optim_run_${number}`,
        point: {},
        state: 'training',
        target,
        reports: [],
      });
    } else if (step.action === 'continue') {
      const trial = trials[step.trial - 1];
      assert.equal(trial?.state, 'waiting', 'it continues a trial that does not wait');
      assert.ok(step.rounds > trial.target, 'it continues a trial to where it is');
      change(step.trial, { state: 'training', target: Math.min(step.rounds, rounds) });
    } else if (step.action === 'stop') {
      assert.equal(trials[step.trial - 1]?.state, 'waiting', 'it stops a trial that does not wait');
      change(step.trial, { state: 'stopped' });
    } else {
      const under = training();
      const trial = under[Math.floor(random() * under.length)];
      if (trial === undefined) return { trials, steps };
      const { number, target } = trial;
      const its = value(number, target);
      const reports = [...trial.reports, { target, rounds: target, value: its }];
      if (its === null) change(number, { state: 'failed' });
      else change(number, { state: target === rounds ? 'completed' : 'waiting', reports });
    }
  }
}

/** Behaviours of a `Scheduler`; `simulate` rejects invalid steps. */
export const schedulerBehaviours: readonly Behaviour<Scheduler>[] = [
  {
    behaviour: 'comes to an end with all trials started, however many and however many at a time',
    async check(scheduler) {
      for (const maxTrials of [1, 2, 5, 20, 50])
        for (const rounds of [1, 2, 9, 50])
          for (const concurrency of [1, 3, 100]) {
            const { trials } = simulate(scheduler, { maxTrials, rounds, concurrency, seed: maxTrials });
            assert.equal(trials.length, maxTrials);
            assert.ok(trials.every(({ state }) => state !== 'training'));
          }
    },
  },
  {
    behaviour: 'gives at least one trial all of its rounds, among them the best where values do not change',
    async check(scheduler) {
      for (const mode of ['max', 'min'] as const)
        for (const maxTrials of [1, 2, 3, 10, 30]) {
          // The best comes first, so that it is never one too late to be compared.
          const value = (trial: number) => (mode === 'max' ? -trial : trial);
          const { trials } = simulate(scheduler, { mode, maxTrials, value, concurrency: 2 });
          const completed = trials.filter(({ state }) => state === 'completed').map(({ number }) => number);
          assert.ok(completed.includes(1), `of ${maxTrials}: ${completed.join()}`);
        }
    },
  },
  {
    behaviour: 'saves rounds where it cuts trials, and cuts none else',
    async check(scheduler) {
      const { trials } = simulate(scheduler, { maxTrials: 27, rounds: 27, value: (trial) => -trial });
      const done = trials.reduce((sum, { target }) => sum + target, 0);
      if (scheduler.cuts) assert.ok(done < 27 * 27 * 0.75, `${done} of ${27 * 27} rounds`);
      else assert.equal(done, 27 * 27);
    },
  },
  {
    behaviour: 'never cuts a trial before the grace period',
    async check(scheduler) {
      const { trials } = simulate(scheduler, { gracePeriod: 4, rounds: 20 });
      assert.ok(trials.every(({ target }) => target >= 4));
    },
  },
  {
    behaviour: 'continues when trials fail, even if all of them do',
    async check(scheduler) {
      const some = simulate(scheduler, { value: (trial) => (trial % 2 === 0 ? null : trial) });
      assert.ok(some.trials.some(({ state }) => state === 'completed'));
      const none = simulate(scheduler, { value: () => null });
      assert.ok(none.trials.every(({ state }) => state === 'failed'));
    },
  },
];
