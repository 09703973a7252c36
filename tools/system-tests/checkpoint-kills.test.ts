import { existsSync, readdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EXPERIMENT, eventually, Federation, IDS, kill } from './federation.js';

/** How often each kind of file is hit. */
const HITS = 2;
const RUN = { rounds: 30, epochs: 2 };

const federation = new Federation();
beforeAll(() => federation.start(), 120_000);
afterAll(() => federation.close());

const folder = (run: string) =>
  join(federation.directory, 'ttp/outputs', IDS.collab_id, IDS.project_id, EXPERIMENT, run, 'checkpoints');
const temporaries = (run: string) => readdirSync(folder(run)).filter((name) => name.startsWith('.tmp-'));

/** What the one temporary file will be once it is whole: a round's vector, or the record that makes it count. */
function kindOf(run: string): 'model' | 'record' {
  const names = readdirSync(folder(run));
  const newest = Math.max(
    ...names.flatMap((name) => /^round-(\d+)\.json$/.exec(name)?.[1] ?? []).map(Number),
  );
  const next = `round-${String(newest + 1).padStart(6, '0')}.safetensors`;
  return names.includes(next) ? 'record' : 'model';
}

/** Stops the TTP whenever it begins to write a file; where that is not done yet, and of a kind still wanted, kills it. */
function killWhileWriting(run: string, hits: Record<'model' | 'record', number>): Promise<void> {
  const { process: child } = federation.basic;
  const pid = child.pid ?? 0;
  return new Promise((resolve, reject) => {
    const watcher = watch(folder(run), (_event, name) => {
      if (name?.startsWith('.tmp-') !== true || !existsSync(join(folder(run), name))) return;
      try {
        process.kill(pid, 'SIGSTOP');
        // Until it stands still, what it was doing goes on.
        for (const end = Date.now() + 5000; !/\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));)
          if (Date.now() > end) throw new Error('the TTP does not stop');
        const kind = existsSync(join(folder(run), name)) ? kindOf(run) : undefined;
        if (kind === undefined || hits[kind] >= HITS) return void process.kill(pid, 'SIGCONT');
        hits[kind]++;
        watcher.close();
        kill(child).then(resolve, reject);
      } catch (error) {
        watcher.close();
        reject(error as Error);
      }
    });
  });
}

it('a TTP killed while it writes a checkpoint goes on from the one before, to the same model', async () => {
  await federation.createRun('undisturbed', RUN);
  await federation.train('undisturbed');
  const expected = await federation.weights('undisturbed');

  await federation.createRun('disturbed', RUN);
  const resumed: number[] = [];
  let over = false;
  const training = federation
    .train('disturbed', ({ type, round }) => {
      if (type === 'resumed') resumed.push(Number(round));
    })
    .finally(() => (over = true));
  await eventually('the first checkpoint', () => existsSync(folder('disturbed')), 60_000);
  const hits = { model: 0, record: 0 };
  while (hits.model + hits.record < 2 * HITS && !over) {
    await Promise.race([killWhileWriting('disturbed', hits), training]);
    if (over) break;
    expect(temporaries('disturbed')).toHaveLength(1);
    await federation.restartTtp();
  }
  await training;
  expect(hits).toEqual({ model: HITS, record: HITS });
  expect(resumed.length).toBeGreaterThanOrEqual(2 * HITS);
  expect(await federation.weights('disturbed')).toEqual(expected);
  expect(temporaries('disturbed')).toEqual([]);
}, 300_000);
