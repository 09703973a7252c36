import { jobLeaseBehaviours, jobQueueBehaviours, jobStoreBehaviours } from '@synergos/scaling/conformance';
import {
  createInProcessQueue,
  newJob,
  type JobLeases,
  type JobQueue,
  type JobStore,
} from '@synergos/scaling';
import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeEachDatabase, openEmpty } from './databases.js';
import { openDatabase } from '../src/records/database.js';
import { createJobLeases } from '../src/jobs/sql-job-leases.js';
import { createJobStore } from '../src/jobs/sql-job-store.js';

describeEachDatabase((kind) => {
  describe('jobs in SQL', () => {
    for (const { behaviour, check } of jobStoreBehaviours)
      it(behaviour, async () => {
        const store: JobStore = createJobStore(await openEmpty(kind));
        await check(store);
      });

    for (const { behaviour, check } of jobLeaseBehaviours)
      it(behaviour, async () => {
        const database = await openEmpty(kind);
        const store: JobStore & JobLeases = { ...createJobStore(database), ...createJobLeases(database) };
        await check(store);
      });

    it('of an older schema are found by the ids in their payload', async () => {
      const location = await kind.locate();
      const older = await openDatabase(location);
      await createJobStore(older).insert(
        newJob({
          id: 'a',
          kind: 'train',
          payload: { collab_id: 'c', project_id: 'p', run_id: 'é' },
          createdAt: '',
        }),
      );
      const run = (statement: string) => sql.raw(statement).execute(older.query);
      await run('drop index jobs_by_ids');
      await run('drop table idempotency_keys');
      for (const id of ['collab_id', 'project_id', 'expt_id', 'run_id', 'participant_id'])
        await run(`alter table jobs drop column ${id}`);
      await run("delete from kysely_migration where name >= '0005-job-lookups'");
      await older.close();
      const database = await openDatabase(location);
      const of = { collab_id: 'c', run_id: 'é' };
      expect((await createJobStore(database).list({ of })).map(({ id }) => id)).toEqual(['a']);
      await database.close();
    });

    it('survive the process with their events', async () => {
      const location = await kind.locate();
      const first = await openDatabase(location);
      const queue = createInProcessQueue({ store: createJobStore(first) });
      const job = await queue.submit('train', { rounds: 3 });
      await queue.close();
      await first.close();
      const second = await openDatabase(location);
      const store = createJobStore(second);
      expect(await store.list()).toEqual([job]);
      expect(await store.events(job.id)).toMatchObject([{ sequence: 1, type: 'queued' }]);
      await second.close();
    });
  });

  describe('a queue over jobs in SQL', () => {
    for (const { behaviour, check } of jobQueueBehaviours)
      it(behaviour, async () => {
        const store = createJobStore(await openEmpty(kind));
        const queues: JobQueue[] = [];
        onTestFinished(async () => {
          for (const queue of queues) await queue.close();
        });
        await check(async () => {
          const queue = createInProcessQueue({ store });
          queues.push(queue);
          return queue;
        });
      });
  });
});
