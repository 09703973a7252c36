import { describe, expect, it } from 'vitest';
import type { JobEvent } from '../types.js';
import { advance, eventText, jobText, progressText, type Progress } from './progress.js';

let sequence = 0;
const event = (type: string, details: object = {}): JobEvent => ({
  job: 'j',
  type,
  sequence: ++sequence,
  at: '2026-01-01T00:00:00.000Z',
  ...details,
});
const after = (...events: JobEvent[]) => progressText(events.reduce<Progress>(advance, { done: 0 }));

describe('progress of a job', () => {
  it('shows round, loss, score and the number of updates', () => {
    const round = event('round_started', { round: 2, cohort: ['a', 'b', 'c'], attempt: 1 });
    const update = event('update_received', { round: 2, participant: 'a', samples: 3, loss: 7 });
    const metric = event('metric', { round: 1, samples: 3, loss: 0.412345, score: 0.9, participants: {} });
    const completed = event('round_completed', { round: 1, rounds: 9, updates: 3, seconds: 1 });
    const why = { code: 'absent', reason: 'away' };
    const dropped = event('participant_dropped', { round: 2, participant: 'b', ...why });
    expect(after(event('queued', { kind: 'align' }))).toBe('');
    expect(after(event('phase', { phase: 'align', participants: ['a'] }))).toBe('align');
    expect(after(round, update)).toBe('round 2 · 1/3 participants');
    expect(after(completed, round, metric, dropped)).toBe(
      'round 2/9 · loss 0.4123 · score 0.9 · 0/3 participants, 1 dropped',
    );
  });

  it('prints a line without control characters for each notable event', () => {
    expect(eventText(event('round_started', { round: 1, cohort: [], attempt: 1 }))).toBeUndefined();
    expect(eventText(event('round_completed', { round: 1, rounds: 3, updates: 1, seconds: 0.25 }))).toBe(
      'round 1/3 · 1 update · 250 ms',
    );
    const measured = { round: 1, samples: 2, loss: 0.5, score: null, participants: {} };
    expect(eventText(event('metric', measured))).toBe('after round 1 · loss 0.5');
    const dropped = { round: 1, participant: 'a\u001b[2J', code: 'absent', reason: 'away' };
    expect(eventText(event('participant_dropped', dropped))).toBe('round 1: a\ufffd[2J dropped out: away');
    expect(eventText(event('aligned', { features: 2, classes: ['no', 'yes'] }))).toBe(
      'aligned · features 2 · classes no, yes',
    );
  });

  it('shows an event of another version by its type and fields', () => {
    expect(eventText(event('model_signed', { round: 3 }))).toBe('model signed · round 3');
    expect(eventText(event('round_completed', { round: 3 }))).toBe('round completed · round 3');
  });

  it('names the job by its target', () => {
    const payload = { collab_id: 'c', project_id: 'p', expt_id: 'e', run_id: 'r' };
    expect(jobText({ kind: 'train', payload })).toBe('train c/p/e/r');
  });
});
