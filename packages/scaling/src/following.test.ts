import { expect, it } from 'vitest';
import { createNotifier } from './notifier.js';
import { createFollowing } from './following.js';
import { createInMemoryJobStore } from './in-memory-job-store.js';
import { jobIsOver } from './job-over.js';
import { newJob } from './new-job.js';

const AT = '2026-11-24T00:00:00.000Z';

it('reads only the events of a followed job until they contain its end', async () => {
  const store = createInMemoryJobStore();
  const notifier = createNotifier();
  let looks = 0;
  const get = (id: string) => {
    looks++;
    return store.get(id);
  };
  const { events } = createFollowing({
    store: { ...store, get },
    notifier,
    isOver: jobIsOver,
    isClosed: () => false,
  });
  await store.insert(newJob({ id: 'j', kind: 'work', payload: {}, after: null, createdAt: AT }));
  await store.appendEvent('j', 'queued', {}, AT);
  const seen: string[] = [];
  for await (const { type } of events('j')) {
    seen.push(type);
    if (seen.length <= 8) await store.appendEvent('j', 'round', {}, AT);
    else if (!jobIsOver((await store.get('j'))!)) await store.end('j', { state: 'completed' }, { at: AT });
    notifier.notify('j');
  }
  expect(seen).toEqual(['queued', ...Array.from({ length: 8 }, () => 'round'), 'completed']);
  expect(looks).toBe(1);
});
