import type { Job, JobEvent } from '../types.js';
import { numberText, plural, printable, valueText } from './text.js';
import { spanText } from './times.js';

/** Progress of a job, computed from its events. */
export interface Progress {
  readonly round?: number;
  readonly rounds?: number;
  readonly loss?: number;
  readonly score?: number | null;
  /** Size of this round's cohort. `done` of it sent an update, `dropped` dropped out. */
  readonly cohort?: number;
  readonly done: number;
  readonly dropped?: number;
  readonly phase?: string;
  /** Number of the current trial of an optimization. */
  readonly trial?: number;
  readonly trials?: number;
}

export function advance(progress: Progress, event: JobEvent): Progress {
  const number = (name: string) => (typeof event[name] === 'number' ? event[name] : undefined);
  const { round, rounds, loss } = { round: number('round'), rounds: number('rounds'), loss: number('loss') };
  switch (event.type) {
    case 'phase':
      return { ...progress, phase: String(event.phase), done: 0, dropped: 0, ...counted(event.participants) };
    case 'round_started':
      return { ...progress, ...given({ round }), ...counted(event.cohort), done: 0, dropped: 0 };
    case 'update_received':
      return { ...progress, done: progress.done + 1 };
    case 'participant_dropped':
      return { ...progress, dropped: (progress.dropped ?? 0) + 1 };
    case 'round_completed':
      return { ...progress, ...given({ round, rounds }) };
    case 'metric':
      return { ...progress, ...given({ loss, score: number('score') }) };
    case 'searching':
      return { ...progress, ...given({ trials: number('trials') }) };
    case 'trial_started':
    case 'trial_continued':
      return { ...progress, ...given({ trial: number('trial') }) };
    default:
      return progress;
  }
}

/** `round 3/10 · loss 0.412 · score 0.9 · 2/3 participants` */
export function progressText(progress: Progress): string {
  const { round, rounds, loss, score, cohort, done, dropped = 0, phase, trial, trials } = progress;
  const parts = [
    round === undefined ? phase : `round ${round}${rounds === undefined ? '' : `/${rounds}`}`,
    trial === undefined ? undefined : `trial ${trial}${trials === undefined ? '' : `/${trials}`}`,
    loss === undefined ? undefined : `loss ${numberText(loss)}`,
    score == null ? undefined : `score ${numberText(score)}`,
    cohort === undefined || round === undefined
      ? undefined
      : `${done}/${plural(cohort, 'participant')}${dropped === 0 ? '' : `, ${dropped} dropped`}`,
  ];
  return printable(parts.filter((part) => part !== undefined).join(' · '));
}

/** Text of a permanent line about an event; undefined for a step within a round. */
export function eventText(event: JobEvent): string | undefined {
  const { type, round, rounds, participant, reason } = event;
  switch (type) {
    case 'queued':
    case 'started':
    case 'phase':
    case 'round_started':
    case 'update_received':
      return undefined;
    case 'round_completed':
      return printable(
        joined(
          `round ${valueText(round)}${rounds === undefined ? '' : `/${valueText(rounds)}`}`,
          typeof event.updates === 'number' && plural(event.updates, 'update'),
          typeof event.seconds === 'number' && spanText(event.seconds),
        ),
      );
    case 'metric':
      return printable(
        joined(
          `after round ${valueText(round)}`,
          `loss ${valueText(event.loss)}`,
          event.score != null && `score ${valueText(event.score)}`,
        ),
      );
    case 'participant_dropped':
      return printable(`round ${valueText(round)}: ${String(participant)} dropped out: ${String(reason)}`);
    case 'round_retried':
      return printable(`round ${valueText(round)} is retried: ${String(reason)}`);
    case 'trial_started':
      return printable(joined(`trial ${valueText(event.trial)}`, ...pairsOf(event.point)));
    case 'trial_reported':
      return printable(
        joined(
          `trial ${valueText(event.trial)} after round ${valueText(rounds)}`,
          `value ${valueText(event.value)}`,
        ),
      );
    case 'best_trial':
      return printable(
        joined(
          `best: trial ${valueText(event.trial)}, ${String(event.run_id)}`,
          `value ${valueText(event.value)}`,
          ...pairsOf(event.hyperparameters),
        ),
      );
    default:
      return printable(joined(type.replaceAll('_', ' '), ...detailsOf(event)));
  }
}

export function isEnd({ type }: JobEvent): boolean {
  return type === 'completed' || type === 'failed' || type === 'cancelled';
}

/** Whether an event comes in every round: the overwritten line shows it if there is one. */
export function isRoutine({ type }: JobEvent): boolean {
  return type === 'round_completed' || type === 'metric';
}

/** Kind and target of a job: `train mlp/r1`. */
export function jobText({ kind, payload }: Pick<Job, 'kind' | 'payload'>): string {
  return printable(`${kind} ${targetText(payload)}`);
}

export function targetText(payload: Job['payload']): string {
  const ids = ['collab_id', 'project_id', 'expt_id', 'run_id', 'participant_id'];
  return printable(ids.flatMap((id) => (payload[id] === undefined ? [] : String(payload[id]))).join('/'));
}

const ENVELOPE: ReadonlySet<string> = new Set(['job', 'type', 'sequence', 'at']);

function detailsOf(event: JobEvent): readonly string[] {
  return Object.entries(event)
    .filter(([name, value]) => !ENVELOPE.has(name) && (typeof value !== 'object' || Array.isArray(value)))
    .map(([name, value]) => `${name} ${valueText(value)}`);
}

function pairsOf(values: unknown): readonly string[] {
  return Object.entries(values ?? {}).map(([name, value]) => `${name} ${valueText(value)}`);
}

function joined(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false).join(' · ');
}

function counted(names: unknown): { readonly cohort?: number } {
  return Array.isArray(names) ? { cohort: names.length } : {};
}

function given<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
