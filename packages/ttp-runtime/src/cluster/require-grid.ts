import type { RecordStore } from '@synergos/artifacts';
import { NoGrid } from '@synergos/orchestration';
import { rosterOf, type WorkOn } from './grid-roster.js';

/** Throws `NoGrid` if no grid has a node of every participant: the job would wait for ever. */
export async function requireGrid(records: RecordStore, work: WorkOn): Promise<void> {
  const roster = await rosterOf(records, work);
  const without = [...roster].flatMap(([participant, nodes]) => (nodes === 0 ? [participant] : []));
  if (without.length > 0) throw new NoGrid(without);
}
