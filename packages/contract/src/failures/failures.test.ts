import { describe, expect, it } from 'vitest';
import { CodedError, failureOf, foreignCode } from './coded-error.js';
import { outcomeOf, valueOf } from './outcome.js';
import { failureGroups, failureKindOf, failureKinds, type FailureCode } from './table.js';

describe('the table of failures', () => {
  it('has each code once', () => {
    const codes = Object.values(failureGroups).flatMap((group) => Object.keys(group));
    expect(codes).toHaveLength(Object.keys(failureKinds).length);
    expect(codes.filter((code) => !/^[a-z]+(_[a-z]+)*$/.test(code))).toEqual([]);
  });

  it('has an HTTP error status and one sentence for each code', () => {
    for (const [code, { status, meaning }] of Object.entries(failureKinds)) {
      expect([code, status >= 400 && status < 600]).toEqual([code, true]);
      expect([code, /^\S.*[^.]\.$/.test(meaning)]).toEqual([code, true]);
    }
  });

  it('answers 503 when a thread of a worker died, and suggests to try again', () => {
    expect(failureKindOf('thread_died')).toMatchObject({ status: 503, retryable: true });
  });

  it('answers 422 for a code of a plug-in', () => {
    expect(failureKindOf('acme_no_budget')).toMatchObject({ status: 422, retryable: false });
    expect(failureKindOf('toString').status).toBe(422);
  });

  it('rejects an unlisted code at compile time', () => {
    // @ts-expect-error the code is not in the table
    const unlisted: FailureCode = 'acme_no_budget';
    expect(unlisted in failureKinds).toBe(false);
  });
});

describe('failureOf', () => {
  it('takes the code and message of an error of any package', () => {
    expect(failureOf(new CodedError('deadline', 'too slow'))).toEqual({
      code: 'deadline',
      message: 'too slow',
    });
    expect(failureOf(new CodedError(foreignCode('acme_no_budget'), 'spent'))).toEqual({
      code: 'acme_no_budget',
      message: 'spent',
    });
  });

  it('takes the code of a copied error when the table lists it', () => {
    const copied = Object.assign(new Error('too few'), { code: 'quorum_missed' });
    expect(failureOf(copied)).toEqual({ code: 'quorum_missed', message: 'too few' });
  });

  it.each([
    [Object.assign(new Error('no such file'), { code: 'ENOENT' }), 'no such file'],
    [new DOMException('stopped', 'AbortError'), 'stopped'],
    ['a text', 'a text'],
    [undefined, 'undefined'],
  ])('is internal for %j', (thrown, message) => {
    expect(failureOf(thrown)).toEqual({ code: 'internal', message });
  });
});

describe('an outcome', () => {
  class OwnError extends CodedError {}

  it('carries a value', async () => {
    expect(valueOf(await outcomeOf(() => Promise.resolve(3)))).toBe(3);
  });

  it('carries the code, message and stack of an error', async () => {
    const outcome = await outcomeOf(() => {
      throw new CodedError('stalled', 'no progress');
    });
    expect(() => valueOf(structuredClone(outcome), OwnError)).toThrow(OwnError);
    expect(() => valueOf(structuredClone(outcome))).toThrow(
      expect.objectContaining({
        code: 'stalled',
        message: 'no progress',
        cause: expect.objectContaining({ stack: expect.stringContaining('failures.test') }),
      }),
    );
  });
});
