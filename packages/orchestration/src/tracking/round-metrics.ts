import { namePart, type Batch, type Metric } from '@synergos/artifacts';
import { z } from 'zod';
import { byName } from '../by-name.js';

/** Figures of single participants are told of so many; a page of thousands of charts helps nobody. */
const MOST_PARTICIPANTS = 100;

const update = z.object({
  round: z.number(),
  participant: z.string(),
  samples: z.number(),
  loss: z.number(),
  seconds: z.number().optional(),
  bytes: z.number().optional(),
});
const dropped = z.object({ round: z.number(), participant: z.string() });
const evaluation = z.object({
  samples: z.number(),
  loss: z.number().nullable(),
  score: z.number().nullable(),
});
const measured = evaluation.extend({ round: z.number(), participants: z.record(z.string(), evaluation) });
const completed = z.object({
  round: z.number(),
  updates: z.number(),
  seconds: z.number(),
  completed_at: z.iso.datetime().optional(),
});

export interface RoundMetricsOptions {
  /** Of the global model: accuracy, r2. */
  readonly scoreName: string;
  readonly participants: readonly string[];
  /** When the job was begun, for the first time. */
  readonly startedMs: number;
  readonly now?: () => number;
}

/** An addition to a run's journal. */
export interface Entry {
  readonly key: string;
  readonly batch: Batch;
}

/**
 * Makes figures of a training's events: `take` gives what an event completes. Told again, by whichever process, a figure has
 * the same time: of the end of the round that made the model.
 */
export function createRoundMetrics(options: RoundMetricsOptions) {
  const { scoreName, now = Date.now } = options;
  const shown = new Set([...options.participants].sort().slice(0, MOST_PARTICIPANTS));
  let updates = new Map<string, z.infer<typeof update>>();
  let gone = new Set<string>();
  /** The round that was completed last, and when; before the first, any model is that which the job began with. */
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

  const takers: Readonly<Record<string, (data: unknown) => Entry | undefined>> = {
    round_started: beginRound,
    // What came for a round that was cut off is not counted.
    resumed: beginRound,
    update_received(data) {
      const one = update.parse(data);
      updates.set(one.participant, one);
      return undefined;
    },
    participant_dropped(data) {
      gone.add(dropped.parse(data).participant);
      return undefined;
    },
    metric(data) {
      const { round, loss, score, participants } = measured.parse(data);
      const values = { 'evaluate/loss': loss, [`evaluate/${scoreName}`]: score };
      for (const [name, one] of Object.entries(participants))
        Object.assign(values, own(name, { evaluate_loss: one.loss, [scoreName]: one.score }));
      return { key: `evaluation:${round}`, batch: { metrics: metricsOf(round, values) } };
    },
    round_completed(data) {
      const { round, seconds, completed_at } = completed.parse(data);
      last = { round, timeMs: completed_at === undefined ? now() : Date.parse(completed_at) };
      const losses = [...updates].sort(byName).map(([, { loss }]) => loss);
      const lost = [...gone].filter((name) => !updates.has(name));
      const bytes = [...updates.values()].map((one) => one.bytes ?? 0);
      const values = {
        'train/loss':
          losses.length === 0 ? null : losses.reduce((sum, loss) => sum + loss, 0) / losses.length,
        'round/seconds': seconds,
        'round/updates': updates.size,
        'round/dropped': lost.length,
        'round/received_bytes': bytes.reduce((sum, one) => sum + one, 0),
      };
      for (const [name, { loss, samples, seconds: took, bytes: sent }] of updates)
        Object.assign(
          values,
          own(name, { train_loss: loss, samples, seconds: took, bytes: sent, dropped: 0 }),
        );
      for (const name of lost) Object.assign(values, own(name, { dropped: 1 }));
      beginRound();
      return { key: `round:${round}`, batch: { metrics: metricsOf(round, values) } };
    },
  };

  return { take: (type: string, data: unknown): Entry | undefined => takers[type]?.(data) };
}
