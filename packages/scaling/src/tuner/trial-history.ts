import { z } from 'zod';
import type { Trial } from './trial.js';

const trial = z.number().int().positive();

/** What happens to trials, as events of the optimization's job: their order is the whole state of an optimization. */
export const trialEventSchemas = {
  trial_started: z.object({
    trial,
    run_id: z.string(),
    point: z.record(z.string(), z.unknown()),
    rounds: z.number().int().positive(),
  }),
  trial_continued: z.object({ trial, rounds: z.number().int().positive() }),
  trial_reported: z.object({
    trial,
    rounds: z.number().int().nonnegative(),
    value: z.number().nullable(),
    /** All rounds are done, or the training stopped early by itself. */
    completed: z.boolean(),
  }),
  trial_stopped: z.object({ trial }),
  trial_failed: z.object({ trial, code: z.string(), reason: z.string() }),
  trial_cancelled: z.object({ trial }),
} as const;

export type TrialEventType = keyof typeof trialEventSchemas;
export type TrialEventData<Type extends TrialEventType> = z.output<(typeof trialEventSchemas)[Type]>;

/** The trials that a list of events tells of; events that are not about trials are left out. */
export function trialsOf(
  events: readonly { readonly type: string; readonly data: unknown }[],
): readonly Trial[] {
  return events.reduce<readonly Trial[]>(
    (trials, { type, data }) => (isTrialEvent(type) ? withTrialEvent(trials, type, data) : trials),
    [],
  );
}

/** The trials after one more event. */
export function withTrialEvent(
  trials: readonly Trial[],
  type: TrialEventType,
  data: unknown,
): readonly Trial[] {
  if (type === 'trial_started') {
    const { trial: number, run_id, point, rounds } = trialEventSchemas.trial_started.parse(data);
    return [...trials, { number, run_id, point, state: 'training', target: rounds, reports: [] }];
  }
  const { trial: number } = trialEventSchemas[type].parse(data);
  return trials.map((one) => (one.number === number ? { ...one, ...changeBy(one, type, data) } : one));
}

function changeBy(
  { target, reports }: Trial,
  type: Exclude<TrialEventType, 'trial_started'>,
  data: unknown,
): Partial<Trial> {
  switch (type) {
    case 'trial_continued':
      return { state: 'training', target: trialEventSchemas.trial_continued.parse(data).rounds };
    case 'trial_reported': {
      const { rounds, value, completed } = trialEventSchemas.trial_reported.parse(data);
      return { state: completed ? 'completed' : 'waiting', reports: [...reports, { target, rounds, value }] };
    }
    case 'trial_stopped':
      return { state: 'stopped' };
    case 'trial_failed': {
      const { code, reason } = trialEventSchemas.trial_failed.parse(data);
      return { state: 'failed', failure: { code, message: reason } };
    }
    case 'trial_cancelled':
      return { state: 'cancelled' };
  }
}

function isTrialEvent(type: string): type is TrialEventType {
  return Object.hasOwn(trialEventSchemas, type);
}
