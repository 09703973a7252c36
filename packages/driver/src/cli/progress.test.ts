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
    const round = event('round_started', { round: 2, cohort: ['a', 'b', 'c'] });
    const metric = event('metric', { round: 1, loss: 0.412345, score: 0.9 });
    expect(after(event('queued'))).toBe('');
    expect(after(event('phase', { phase: 'align', participants: ['a'] }))).toBe('align');
    expect(after(round, event('update_received', { round: 2, loss: 7 }))).toBe('round 2 · 1/3 participants');
    expect(
      after(event('round_completed', { round: 1, rounds: 9 }), round, metric, event('participant_dropped')),
    ).toBe('round 2/9 · loss 0.4123 · score 0.9 · 0/3 participants, 1 dropped');
  });

  it('prints a line without control characters for each notable event', () => {
    expect(eventText(event('round_started', { round: 1 }))).toBeUndefined();
    expect(eventText(event('round_completed', { round: 1, rounds: 3, updates: 1, seconds: 0.25 }))).toBe(
      'round 1/3 · 1 update · 250 ms',
    );
    expect(eventText(event('metric', { round: 1, loss: 0.5, score: null }))).toBe('after round 1 · loss 0.5');
    expect(
      eventText(event('participant_dropped', { round: 1, participant: 'a\u001b[2J', reason: 'away' })),
    ).toBe('round 1: a�[2J dropped out: away');
    expect(eventText(event('aligned', { features: 2, classes: ['no', 'yes'] }))).toBe(
      'aligned · features 2 · classes no, yes',
    );
  });

  it('names the job by its target', () => {
    const payload = { collab_id: 'c', project_id: 'p', expt_id: 'e', run_id: 'r' };
    expect(jobText({ kind: 'train', payload })).toBe('train c/p/e/r');
  });
});
