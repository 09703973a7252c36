import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createJobLeases, createJobStore, openDatabase } from '@synergos/artifacts';
import { Broker, createInProcessQueue, createRabbitmqQueue, type JobQueue } from '@synergos/scaling';
import type { PrivateRabbitmq } from '@synergos/services';

export interface Overhead {
  /** Median time from the start of a no-op job to the start of the next, at the consumer. */
  readonly medianMs: number;
  /** The same with the in-process queue on the same database. */
  readonly inProcessMs: number;
  readonly lost: number;
  readonly doubled: number;
}

/** No-op jobs, all queued before the first is taken. */
export async function measureOverhead(rabbitmq: PrivateRabbitmq, jobs: number): Promise<Overhead> {
  const directory = mkdtempSync(join(tmpdir(), 'synergos-bench-jobs-'));
  const path = join(directory, 'records.sqlite');
  const database = await openDatabase({ path });
  const store = { ...createJobStore(database), ...createJobLeases(database) };
  const namespace = 'bench-overhead';
  const broker = await Broker.open({ address: { host: '127.0.0.1', port: rabbitmq.port }, namespace });
  try {
    const inProcess = createInProcessQueue({ store });
    const begunHere: number[] = [];
    const alone = await submitAll(inProcess, jobs);
    await inProcess.start({ noop: async () => void begunHere.push(performance.now()) });
    for (const id of alone) await inProcess.wait(id);
    await inProcess.close();

    const queue = createRabbitmqQueue({ broker, store });
    await queue.start({});
    const ids = await submitAll(queue, jobs);
    const entry = new URL('noop-taker.js', import.meta.url);
    const taker = fork(entry, [String(rabbitmq.port), path, namespace, String(jobs)]);
    const [begun] = (await once(taker, 'message')) as [number[]];
    for (const id of ids) await queue.wait(id, { signal: AbortSignal.timeout(60_000) });
    taker.disconnect();
    await queue.close();
    const ends = await Promise.all(
      ids.map(async (id) => (await store.events(id)).filter(({ type }) => type === 'completed').length),
    );
    return {
      medianMs: medianStep(begun),
      inProcessMs: medianStep(begunHere),
      lost: ends.filter((count) => count === 0).length,
      doubled: ends.filter((count) => count > 1).length,
    };
  } finally {
    await broker.close();
    await database.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function submitAll(queue: JobQueue, jobs: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < jobs; index++) ids.push((await queue.submit('noop', { index })).id);
  return ids;
}

function medianStep(timesMs: readonly number[]): number {
  const steps = timesMs.slice(1).map((time, index) => time - (timesMs[index] ?? time));
  return steps.sort((a, b) => a - b)[steps.length >> 1] ?? NaN;
}
