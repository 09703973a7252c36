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

/** Ids that identify a record. A record is below every record whose key is a part of its own. */
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
  /** Throws `RecordExists`, or `ParentMissing`, which names the missing parent. */
  create(kind: RecordKind, key: RecordKey, body: RecordBody): Promise<StoredRecord>;
  /** Creates a record or replaces its body: for records that work produces (alignments, models, validations). */
  put(kind: RecordKind, key: RecordKey, body: RecordBody): Promise<StoredRecord>;
  get(kind: RecordKind, key: RecordKey): Promise<StoredRecord | undefined>;
  /** Returns the records of a kind that have all given ids, oldest first. */
  list(kind: RecordKind, key?: RecordKey): Promise<readonly StoredRecord[]>;
  /** Merges fields into the body (shallow); returns undefined if there is no such record. */
  update(kind: RecordKind, key: RecordKey, change: RecordBody): Promise<StoredRecord | undefined>;
  /**
   * Removes the record and all records below it in one transaction; returns the removed records, the record itself
   * first.
   */
  remove(kind: RecordKind, key: RecordKey): Promise<readonly StoredRecord[]>;
  /** Folders of removed records whose files still exist; durable, so that they survive the process. */
  removedFolders(): Promise<readonly string[]>;
  /** Removes a folder from the list after its files were removed. */
  forgetFolder(path: string): Promise<void>;
}
