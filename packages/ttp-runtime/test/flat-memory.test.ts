import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeHeapSnapshot } from 'node:v8';
import { expect, it, onTestFinished } from 'vitest';
import { grid, stepping } from './training-grid.js';

/** Losses go into files of 64 rounds: both snapshots have the same number of rounds in memory. */
const FIRST = 1 + 64;
const LAST = FIRST + 3 * 64;
/** The kinds of objects that a program retains, without code, which grows during optimisation. */
const KINDS = ['object', 'closure', 'string', 'concatenated string', 'array', 'native'];

interface HeapSnapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      readonly node_types: readonly [readonly string[]];
    };
  };
  readonly nodes: readonly number[];
  readonly strings: readonly string[];
}

/** Number of live objects in the process, by kind. */
function alive(file: string): ReadonlyMap<string, number> {
  const { snapshot, nodes, strings } = JSON.parse(readFileSync(file, 'utf8')) as HeapSnapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const counts = new Map<string, number>();
  for (let at = 0; at < nodes.length; at += fields.length) {
    const kind = types[0][nodes[at] ?? 0] ?? '';
    const name = kind === 'object' || kind === 'closure' ? strings[nodes[at + 1] ?? 0] : '';
    // `AbortSignal.any` leaves one per task on its job's signal, until the job ends.
    if (!KINDS.includes(kind) || name === 'WeakRef') continue;
    counts.set(`${kind} ${name}`, (counts.get(`${kind} ${name}`) ?? 0) + 1);
  }
  return counts;
}

it('TTP, worker and queue retain no object of a round, of any size', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'synergos-heap-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  // The snapshots are read after the training: reading them takes memory.
  const file = (round: number) => join(directory, `${round}.heapsnapshot`);
  const look = (round: number) => {
    if (round === FIRST || round === LAST) writeHeapSnapshot(file(round));
  };
  await using there = await grid({ rounds: LAST }, { a: stepping(1, look), b: stepping(1) });
  const { job } = await there.train();
  expect(job.state).toBe('completed');
  const before = alive(file(FIRST));
  const kept = [...alive(file(LAST))]
    .map(([what, count]) => ({ what, aRound: (count - (before.get(what) ?? 0)) / (LAST - FIRST) }))
    .filter(({ aRound }) => aRound > 0.5);
  expect(kept).toEqual([]);
}, 120_000);
