import { trialEvents, type JobEventData } from '@synergos/contract/events';
import type { Trial } from './trial.js';

export type TrialEventType = keyof typeof trialEvents;
export type TrialEventData<Type extends TrialEventType> = JobEventData<Type>;

/** The trials of a list of events; other events are ignored. */
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
    const { trial: number, run_id, point, rounds } = trialEvents.trial_started.schema.parse(data);
    return [...trials, { number, run_id, point, state: 'training', target: rounds, reports: [] }];
  }
  const { trial: number } = trialEvents[type].schema.parse(data);
  return trials.map((one) => (one.number === number ? { ...one, ...changeBy(one, type, data) } : one));
}

function changeBy(
  { target, reports }: Trial,
  type: Exclude<TrialEventType, 'trial_started'>,
  data: unknown,
): Partial<Trial> {
  switch (type) {
    case 'trial_continued':
      return { state: 'training', target: trialEvents.trial_continued.schema.parse(data).rounds };
    case 'trial_reported': {
      const { rounds, value, completed } = trialEvents.trial_reported.schema.parse(data);
      return { state: completed ? 'completed' : 'waiting', reports: [...reports, { target, rounds, value }] };
    }
    case 'trial_stopped':
      return { state: 'stopped' };
    case 'trial_failed': {
      const { code, reason } = trialEvents.trial_failed.schema.parse(data);
      return { state: 'failed', failure: { code, message: reason } };
    }
    case 'trial_cancelled':
      return { state: 'cancelled' };
  }
}

function isTrialEvent(type: string): type is TrialEventType {
  return Object.hasOwn(trialEvents, type);
}
