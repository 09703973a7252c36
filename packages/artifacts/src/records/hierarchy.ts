import { MalformedKey } from '../errors.js';
import { recordKinds, type RecordKey, type RecordKind } from './record-store.js';

export const idNames = ['collab_id', 'project_id', 'expt_id', 'run_id', 'participant_id'] as const;
export type IdName = (typeof idNames)[number];

interface Place {
  /** Ids that identify a record of the kind. */
  readonly ids: readonly IdName[];
  /** Kinds of the records that must exist first; a part of the ids identifies each of them. */
  readonly parents: readonly RecordKind[];
}

const run = ['collab_id', 'project_id', 'expt_id', 'run_id'] as const;
const registration = ['collab_id', 'project_id', 'participant_id'] as const;

/** Hierarchy of the kinds of records. */
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

/** All kinds above a kind, the topmost first. */
export function kindsAbove(kind: RecordKind): readonly RecordKind[] {
  return recordKinds.filter((above) => kindsBelow(above).includes(kind));
}

/** Selects the ids of a record of `kind` from a key that has at least these. Throws `MalformedKey`. */
export function keyOf(kind: RecordKind, key: RecordKey): RecordKey {
  const { ids } = hierarchy[kind];
  if (ids.some((id) => !key[id])) throw new MalformedKey(kind, ids);
  return Object.fromEntries(ids.map((id) => [id, key[id]]));
}
