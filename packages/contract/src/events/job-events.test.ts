import { describe, expect, it } from 'vitest';
import { eventGroups, jobEvents, readEvent, typedEvent, type EmitEvent } from './job-events.js';

describe('job events', () => {
  it('are each in one group, with one sentence for the reference', () => {
    const types = Object.values(eventGroups).flatMap((group) => Object.keys(group));
    expect(types.toSorted()).toEqual(Object.keys(jobEvents).toSorted());
    for (const [type, { meaning }] of Object.entries(jobEvents))
      expect([type, /^[A-Z].*\.$/.test(meaning)]).toEqual([type, true]);
  });

  it('have fields in snake case', () => {
    const fields = Object.values(jobEvents).flatMap(({ schema }) => Object.keys(schema.shape));
    expect(fields.filter((field) => !/^[a-z]+(_[a-z]+)*$/.test(field))).toEqual([]);
  });

  it('are checked at compile time', async () => {
    const emit: EmitEvent = () => Promise.resolve();
    await emit('stopped_early', { round: 3 });
    // @ts-expect-error no such type
    await emit('stopped_late', { round: 3 });
    // @ts-expect-error the round is missing
    await emit('stopped_early', {});
    // @ts-expect-error an unknown field
    await emit('stopped_early', { round: 3, why: 'tired' });
  });
});

describe('readEvent', () => {
  it('reads an event of this version, without the fields that it does not know', () => {
    const stored = { type: 'stopped_early', data: { round: 3, sequence: 9 } };
    expect(readEvent(stored)).toEqual(typedEvent('stopped_early', { round: 3 }));
  });

  it.each([
    ['an unknown type', { type: 'model_signed', data: {} }],
    ['a name of Object.prototype', { type: 'toString', data: {} }],
    ['a missing field', { type: 'stopped_early', data: {} }],
  ])('is undefined for %s', (_what, event) => {
    expect(readEvent(event)).toBeUndefined();
  });
});
