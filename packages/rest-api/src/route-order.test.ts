import { expect, it } from 'vitest';
import { bySpecificity } from './route-order.js';

const sorted = (...paths: readonly string[]) =>
  paths
    .map((path) => ({ path }))
    .sort(bySpecificity)
    .map(({ path }) => path);

it('routes with a literal segment come before those with a parameter', () => {
  expect(sorted('/models/{expt_id}/{run_id}/artifacts', '/models/{expt_id}/optimizations/artifacts')).toEqual(
    ['/models/{expt_id}/optimizations/artifacts', '/models/{expt_id}/{run_id}/artifacts'],
  );
});

it('routes are ordered by the first segment that differs, then by length', () => {
  expect(sorted('/{a}/b/c', '/a/{b}', '/a/b/{c}', '/a/b')).toEqual([
    '/a/b',
    '/a/b/{c}',
    '/a/{b}',
    '/{a}/b/c',
  ]);
});
