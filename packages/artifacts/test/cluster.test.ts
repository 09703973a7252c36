import { describe, expect, it } from 'vitest';
import { describeEachDatabase, openEmpty } from './databases.js';
import { temporaryFolder } from './temporary-folder.js';
import {
  clusterId,
  createJobArchive,
  createJobLeases,
  createJobStore,
  createRecordStore,
  openDatabase,
} from '../src/index.js';

const AT = '2026-01-01T00:00:00.000Z';
const RUN = { collab_id: 'c', project_id: 'p', expt_id: 'e', run_id: 'r' };
const model = { operation: 'put', kind: 'Model', key: RUN, body: { rounds: 3 } };

describeEachDatabase((kind) => {
  describe('the archive of jobs from other processes', () => {
    async function claimed() {
      const database = await openEmpty(kind);
      const records = createRecordStore(database);
      await records.create('Collaboration', RUN, {});
      await records.create('Project', RUN, { action: 'classify' });
      await records.create('Experiment', RUN, {});
      await records.create('Run', RUN, {});
      const jobs = createJobStore(database);
      await jobs.insert({
        id: 'a',
        kind: 'train',
        payload: RUN,
        state: 'queued',
        result: null,
        error: null,
        after: null,
        lane: '',
        holder: null,
        attempts: 0,
        createdAt: AT,
        startedAt: null,
        finishedAt: null,
      });
      const claim = await createJobLeases(database).claim('a', { holder: 'x', leaseMs: 60_000 });
      if (claim.outcome !== 'claimed') throw new Error(claim.outcome);
      return { records, jobs, archive: createJobArchive(database), how: { fence: claim.fence, at: AT } };
    }

    it('writes the records and the end of a job together, once', async () => {
      const { records, jobs, archive, how } = await claimed();
      const completed = (rounds: number) => ({
        state: 'completed' as const,
        result: { result: rounds, records: [{ ...model, body: { rounds } }] },
      });
      expect(await archive('a', completed(3), { ...how, fence: how.fence + 1 })).toBeUndefined();
      expect(await archive('a', completed(3), { ...how, fence: how.fence - 1 })).toBeUndefined();
      expect(await records.list('Model')).toEqual([]);
      expect(await archive('a', completed(3), how)).toMatchObject({ state: 'completed', result: 3 });
      expect(await archive('a', completed(4), how)).toBeUndefined();
      expect((await records.list('Model')).map(({ body }) => body)).toEqual([{ rounds: 3 }]);
      expect((await jobs.events('a')).map(({ type }) => type)).toEqual(['completed']);
    });

    it('stores nothing of a job whose run was removed meanwhile, and reports that', async () => {
      const { records, archive, how } = await claimed();
      await records.remove('Run', RUN);
      const end = { state: 'completed' as const, result: { result: 3, records: [model] } };
      expect(await archive('a', end, how)).toMatchObject({
        state: 'failed',
        error: { code: 'parent_missing' },
      });
      expect(await records.list('Model')).toEqual([]);
    });

    it('refuses invalid records, and fails the job', async () => {
      const { records, archive, how } = await claimed();
      const result = { result: 3, records: [{ ...model, kind: 'Password' }] };
      expect(await archive('a', { state: 'completed', result }, how)).toMatchObject({
        state: 'failed',
        error: { code: 'unfit_result' },
      });
      expect(await records.list('Model')).toEqual([]);
    });
  });

  describe('a cluster', () => {
    it('has one id, stored in its database and its outputs directory', async () => {
      const location = await kind.locate();
      const [first, second] = [await openDatabase(location), await openDatabase(location)];
      const outputs = temporaryFolder();
      const ids = await Promise.all([first, second, first].map((database) => clusterId(database, outputs)));
      expect(new Set(ids).size).toBe(1);
      const elsewhere = clusterId(second, temporaryFolder());
      await expect(elsewhere).rejects.toMatchObject({ code: 'outputs_not_shared' });
      await first.close();
      await second.close();
    });
  });
});
