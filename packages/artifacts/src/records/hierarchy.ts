import { MalformedKey } from '../errors.js';
import { recordKinds, type RecordKey, type RecordKind } from './record-store.js';

export const idNames = ['collab_id', 'project_id', 'expt_id', 'run_id', 'participant_id'] as const;
export type IdName = (typeof idNames)[number];

interface Place {
  /** The ids that name a record of the kind. */
  readonly ids: readonly IdName[];
  /** Kinds of the records that have to exist first; each is named by a part of the ids. */
  readonly parents: readonly RecordKind[];
}

const run = ['collab_id', 'project_id', 'expt_id', 'run_id'] as const;
const registration = ['collab_id', 'project_id', 'participant_id'] as const;

/** How records lie below one another. */
export const hierarchy: Readonly<Record<RecordKind, Place>> = {
  Collaboration: { ids: ['collab_id'], parents: [] },
  Project: { ids: ['collab_id', 'project_id'], parents: ['Collaboration'] },
  Experiment: { ids: ['collab_id', 'project_id', 'expt_id'], parents: ['Project'] },
  Run: { ids: run, parents: ['Experiment'] },
  Participant: { ids: ['participant_id'], parents: [] },
  Registration: { ids: registration, parents: ['Project', 'Participant'] },
  Tag: { ids: registration, parents: ['Registration'] },
  Alignment: { ids: registration, parents: ['Tag'] },
  Model: { ids: run, parents: ['Run'] },
  Validation: { ids: [...run, 'participant_id'], parents: ['Run', 'Participant'] },
  Prediction: { ids: [...run, 'participant_id'], parents: ['Run', 'Participant'] },
};

export function childrenOf(kind: RecordKind): readonly RecordKind[] {
  return recordKinds.filter((child) => hierarchy[child].parents.includes(kind));
}

/** All kinds below a kind, children before grandchildren. */
export function kindsBelow(kind: RecordKind): readonly RecordKind[] {
  const below = new Set(childrenOf(kind));
  for (const child of below) for (const grandchild of childrenOf(child)) below.add(grandchild);
  return [...below];
}

/** All kinds that records of a kind lie below, the topmost first. */
export function kindsAbove(kind: RecordKind): readonly RecordKind[] {
  return recordKinds.filter((above) => kindsBelow(above).includes(kind));
}

/** The ids that name a record of `kind`, taken from a key that has at least these. Throws `MalformedKey`. */
export function keyOf(kind: RecordKind, key: RecordKey): RecordKey {
  const { ids } = hierarchy[kind];
  if (ids.some((id) => !key[id])) throw new MalformedKey(kind, ids);
  return Object.fromEntries(ids.map((id) => [id, key[id]]));
}
