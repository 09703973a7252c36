import { expect, it } from 'vitest';
import { createIdempotencyKeys } from '../src/jobs/idempotency-keys.js';
import { describeEachDatabase, openEmpty } from './databases.js';

describeEachDatabase((kind) => {
  it('idempotency keys keep the first request, for a week and up to a maximum number', async () => {
    let day = 1;
    const now = () => new Date(Date.UTC(2026, 0, day));
    const keys = createIdempotencyKeys(await openEmpty(kind), { now, most: 2 });
    await keys.keep('a', { request: 'x', jobs: ['1', '2'] });
    await keys.keep('a', { request: 'y', jobs: ['3'] });
    expect(await keys.find('a')).toEqual({ request: 'x', jobs: ['1', '2'] });
    day = 2;
    await keys.keep('b', { request: 'x', jobs: [] });
    day = 3;
    await keys.keep('c', { request: 'x', jobs: [] });
    expect(await keys.find('a')).toBeUndefined();
    expect(await keys.find('b')).toBeDefined();
    day = 9;
    expect(await keys.find('b')).toBeUndefined();
    expect(await keys.find('c')).toBeDefined();
  });
});
