import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeHeapSnapshot } from 'node:v8';
import { expect, it, onTestFinished } from 'vitest';
import { grid, stepping } from './training-grid.js';

/** Losses go into files of 64 rounds: at both looks as many rounds lie in memory. */
const FIRST = 1 + 64;
const LAST = FIRST + 3 * 64;
/** What a program holds, without its code, which grows while it is being optimised. */
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

/** How many objects were alive in the process, by what they are. */
function alive(file: string): ReadonlyMap<string, number> {
  const { snapshot, nodes, strings } = JSON.parse(readFileSync(file, 'utf8')) as HeapSnapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const counts = new Map<string, number>();
  for (let at = 0; at < nodes.length; at += fields.length) {
    const kind = types[0][nodes[at] ?? 0] ?? '';
    const name = kind === 'object' || kind === 'closure' ? strings[nodes[at + 1] ?? 0] : '';
    // `AbortSignal.any` leaves one of a task at its job's signal, until the job ends.
    if (!KINDS.includes(kind) || name === 'WeakRef') continue;
    counts.set(`${kind} ${name}`, (counts.get(`${kind} ${name}`) ?? 0) + 1);
  }
  return counts;
}

it('nothing that a round makes, be it ever so small, is kept by TTP, worker or queue', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'synergos-heap-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  // Read once the training is over: what lies in memory to be read would count.
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
