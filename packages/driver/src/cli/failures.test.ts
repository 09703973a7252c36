import { expect, it } from 'vitest';
import { SynergosError } from '../errors.js';
import { failureOf } from './failures.js';

const refused = (message: string, errors: { path: string; message: string }[]) =>
  failureOf(new SynergosError(message, { status: 400, code: 'http_400', errors })).lines;

it('shows one invalid field once, and several on a line each', () => {
  expect(refused('rounds: too small', [{ path: 'rounds', message: 'too small' }])).toEqual([
    'error: rounds: too small',
  ]);
  const both = [
    { path: 'rounds', message: 'too small' },
    { path: 'lr', message: 'no number' },
  ];
  expect(refused('2 fields are wrong', both)).toEqual([
    'error: 2 fields are wrong',
    '  rounds: too small',
    '  lr: no number',
  ]);
});

it('suggests http:// for an https:// address of a port without TLS', () => {
  const error = new SynergosError('cannot be reached: SSL routines:wrong version number', {
    status: 0,
    code: 'unreachable',
  });
  expect(failureOf(error)).toEqual({
    exitCode: 3,
    lines: [expect.stringMatching(/give its address with http:/)],
  });
});
