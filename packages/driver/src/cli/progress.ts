import { eventPhrase, readEvent, type TypedEvent } from '@synergos/contract/events';
import type { Job, JobEvent } from '../types.js';
import { numberText, plural, printable, valueText } from './text.js';
import { spanText } from './times.js';

/** Progress of a job, computed from its events. */
export interface Progress {
  readonly round?: number;
  readonly rounds?: number;
  readonly loss?: number;
  readonly score?: number;
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
  const known = read(event);
  switch (known?.type) {
    case 'phase': {
      const { phase, participants } = known.data;
      return { ...progress, phase, cohort: participants.length, done: 0, dropped: 0 };
    }
    case 'round_started': {
      const { round, cohort } = known.data;
      return { ...progress, round, cohort: cohort.length, done: 0, dropped: 0 };
    }
    case 'update_received':
      return { ...progress, done: progress.done + 1 };
    case 'participant_dropped':
      return { ...progress, dropped: (progress.dropped ?? 0) + 1 };
    case 'round_completed': {
      const { round, rounds } = known.data;
      return { ...progress, round, rounds };
    }
    case 'metric': {
      const { loss, score } = known.data;
      return { ...progress, ...(loss !== null && { loss }), ...(score !== null && { score }) };
    }
    case 'searching':
      return { ...progress, trials: known.data.trials };
    case 'trial_started':
    case 'trial_continued':
      return { ...progress, trial: known.data.trial };
    default:
      return progress;
  }
}

/** The event as this version knows it; undefined for one of another version. */
function read(event: JobEvent): TypedEvent | undefined {
  return readEvent({ type: event.type, data: event });
}

/** `round 3/10 · loss 0.412 · score 0.9 · 2/3 participants` */
export function progressText(progress: Progress): string {
  const { round, rounds, loss, score, cohort, done, dropped = 0, phase, trial, trials } = progress;
  const parts = [
    round === undefined ? phase : `round ${round}${rounds === undefined ? '' : `/${rounds}`}`,
    trial === undefined ? undefined : `trial ${trial}${trials === undefined ? '' : `/${trials}`}`,
    loss === undefined ? undefined : `loss ${numberText(loss)}`,
    score === undefined ? undefined : `score ${numberText(score)}`,
    cohort === undefined || round === undefined
      ? undefined
      : `${done}/${plural(cohort, 'participant')}${dropped === 0 ? '' : `, ${dropped} dropped`}`,
  ];
  return printable(parts.filter((part) => part !== undefined).join(' · '));
}

/** Text of a permanent line about an event; undefined for a step within a round. */
export function eventText(event: JobEvent): string | undefined {
  const known = read(event);
  switch (known?.type) {
    case 'queued':
    case 'started':
    case 'phase':
    case 'round_started':
    case 'update_received':
      return undefined;
    case 'round_completed': {
      const { round, rounds, updates, seconds } = known.data;
      return printable(joined(`round ${round}/${rounds}`, plural(updates, 'update'), spanText(seconds)));
    }
    case 'metric': {
      const { round, loss, score } = known.data;
      return printable(
        joined(
          `after round ${round}`,
          `loss ${valueText(loss)}`,
          score !== null && `score ${valueText(score)}`,
        ),
      );
    }
    case 'participant_dropped': {
      const { round, participant, reason } = known.data;
      return printable(`round ${round}: ${participant} dropped out: ${reason}`);
    }
    case 'round_retried':
      return printable(`round ${known.data.round} is retried: ${known.data.reason}`);
    case 'trial_started':
      return printable(joined(`trial ${known.data.trial}`, ...pairsOf(known.data.point)));
    case 'trial_reported': {
      const { trial, rounds, value } = known.data;
      return printable(joined(`trial ${trial} after round ${rounds}`, `value ${valueText(value)}`));
    }
    case 'best_trial': {
      const { trial, run_id, value, hyperparameters } = known.data;
      return printable(
        joined(`best: trial ${trial}, ${run_id}`, `value ${valueText(value)}`, ...pairsOf(hyperparameters)),
      );
    }
    default:
      return printable(joined(eventPhrase(event.type), ...detailsOf(event)));
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

function pairsOf(values: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(values).map(([name, value]) => `${name} ${valueText(value)}`);
}

function joined(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false).join(' · ');
}
