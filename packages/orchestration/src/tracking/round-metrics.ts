import { namePart, type Batch, type Metric } from '@synergos/artifacts';
import type { JobEventData, TypedEvent } from '@synergos/contract/events';
import { byName } from '../by-name.js';

/** Maximum number of participants with their own metrics: a page with thousands of charts is unusable. */
const MOST_PARTICIPANTS = 100;

export interface RoundMetricsOptions {
  /** Score of the global model: accuracy, r2. */
  readonly scoreName: string;
  readonly participants: readonly string[];
  /** Time of the first start of the job. */
  readonly startedMs: number;
  readonly now?: () => number;
}

/** An addition to a run's journal. */
export interface Entry {
  readonly key: string;
  readonly batch: Batch;
}

/**
 * Derives metrics from a training's events: `take` returns the entry that an event completes. A metric that another attempt
 * repeats has the same time: the end of the round that made the model.
 */
export function createRoundMetrics(options: RoundMetricsOptions) {
  const { scoreName, now = Date.now } = options;
  const shown = new Set([...options.participants].sort().slice(0, MOST_PARTICIPANTS));
  let updates = new Map<string, JobEventData<'update_received'>>();
  let gone = new Set<string>();
  /** The last completed round and its time; before the first round, the model is the one that the job started with. */
  let last: { readonly round?: number; readonly timeMs: number } = { timeMs: options.startedMs };

  const metricsOf = (step: number, values: Readonly<Record<string, number | null | undefined>>): Metric[] => {
    const timestampMs = step === (last.round ?? step) ? last.timeMs : now();
    return Object.entries(values).flatMap(([key, value]) =>
      typeof value === 'number' && Number.isFinite(value) ? [{ key, value, step, timestampMs }] : [],
    );
  };
  const beginRound = () => {
    [updates, gone] = [new Map(), new Set()];
    return undefined;
  };
  const own = (participant: string, values: Readonly<Record<string, number | null | undefined>>) =>
    shown.has(participant)
      ? Object.fromEntries(
          Object.entries(values).map(([name, value]) => [
            `participants/${namePart(participant)}/${name}`,
            value,
          ]),
        )
      : {};

  const take = ({ type, data }: TypedEvent): Entry | undefined => {
    switch (type) {
      case 'round_started':
      case 'resumed':
        // The updates of an interrupted round are not counted.
        return beginRound();
      case 'update_received':
        updates.set(data.participant, data);
        return undefined;
      case 'participant_dropped':
        gone.add(data.participant);
        return undefined;
      case 'metric':
        return evaluationOf(data);
      case 'round_completed':
        return completionOf(data);
      default:
        return undefined;
    }
  };

  function evaluationOf({ round, loss, score, participants }: JobEventData<'metric'>): Entry {
    const values = { 'evaluate/loss': loss, [`evaluate/${scoreName}`]: score };
    for (const [name, one] of Object.entries(participants))
      Object.assign(values, own(name, { evaluate_loss: one.loss, [scoreName]: one.score }));
    return { key: `evaluation:${round}`, batch: { metrics: metricsOf(round, values) } };
  }

  function completionOf({ round, seconds, completed_at }: JobEventData<'round_completed'>): Entry {
    last = { round, timeMs: completed_at === undefined ? now() : Date.parse(completed_at) };
    const losses = [...updates].sort(byName).map(([, { loss }]) => loss);
    const lost = [...gone].filter((name) => !updates.has(name));
    const bytes = [...updates.values()].map((one) => one.bytes ?? 0);
    const values = {
      'train/loss': losses.length === 0 ? null : losses.reduce((sum, loss) => sum + loss, 0) / losses.length,
      'round/seconds': seconds,
      'round/updates': updates.size,
      'round/dropped': lost.length,
      'round/received_bytes': bytes.reduce((sum, one) => sum + one, 0),
    };
    for (const [name, { loss, samples, seconds: took, bytes: sent }] of updates)
      Object.assign(values, own(name, { train_loss: loss, samples, seconds: took, bytes: sent, dropped: 0 }));
    for (const name of lost) Object.assign(values, own(name, { dropped: 1 }));
    beginRound();
    return { key: `round:${round}`, batch: { metrics: metricsOf(round, values) } };
  }

  return { take };
}
