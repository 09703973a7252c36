export const recordKinds = [
  'Collaboration',
  'Project',
  'Experiment',
  'Run',
  'Participant',
  'Registration',
  'Tag',
  'Alignment',
  'Model',
  'Validation',
  'Prediction',
] as const;
export type RecordKind = (typeof recordKinds)[number];

/** The ids that name a record. A record lies below every record whose key is a part of its own. */
export interface RecordKey {
  readonly collab_id?: string;
  readonly project_id?: string;
  readonly expt_id?: string;
  readonly run_id?: string;
  readonly participant_id?: string;
}

export type RecordBody = Readonly<Record<string, unknown>>;

export interface StoredRecord {
  readonly doc_id: string;
  readonly kind: RecordKind;
  readonly key: RecordKey;
  readonly created_at: string;
  readonly body: RecordBody;
}

export interface RecordStore {
  /** Throws `RecordExists`, or `ParentMissing` naming the record that has to exist first. */
  create(kind: RecordKind, key: RecordKey, body: RecordBody): Promise<StoredRecord>;
  /** Creates it or replaces its body: for records that work produces (alignments, models, validations). */
  put(kind: RecordKind, key: RecordKey, body: RecordBody): Promise<StoredRecord>;
  get(kind: RecordKind, key: RecordKey): Promise<StoredRecord | undefined>;
  /** Records of a kind whose keys hold all ids given, oldest first. */
  list(kind: RecordKind, key?: RecordKey): Promise<readonly StoredRecord[]>;
  /** Shallow merge into the body; undefined if there is no such record. */
  update(kind: RecordKind, key: RecordKey, change: RecordBody): Promise<StoredRecord | undefined>;
  /** Removes the record and all below it in one transaction; returns what was removed, the record itself first. */
  remove(kind: RecordKind, key: RecordKey): Promise<readonly StoredRecord[]>;
  /** Folders of removed records whose files are still there; durable, so that a process that dies loses none. */
  removedFolders(): Promise<readonly string[]>;
  /** The folder's files are gone. */
  forgetFolder(path: string): Promise<void>;
}
