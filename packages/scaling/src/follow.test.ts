import { expect, it } from 'vitest';
import { createChanges } from './changes.js';
import { createFollowing } from './follow.js';
import { createInMemoryJobStore } from './in-memory-job-store.js';
import { jobIsOver } from './job-over.js';
import { newJob } from './new-job.js';

const AT = '2026-11-24T00:00:00.000Z';

it('one who follows a job looks at its events alone until its end is among them', async () => {
  const store = createInMemoryJobStore();
  const changes = createChanges();
  let looks = 0;
  const get = (id: string) => {
    looks++;
    return store.get(id);
  };
  const { events } = createFollowing({
    store: { ...store, get },
    changes,
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
    changes.tell('j');
  }
  expect(seen).toEqual(['queued', ...Array.from({ length: 8 }, () => 'round'), 'completed']);
  expect(looks).toBe(1);
});
