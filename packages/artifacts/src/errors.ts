import { CodedError } from '@synergos/contract';
import type { RecordKey, RecordKind } from './records/record-store.js';

/** Base of this package's errors. */
export class ArtifactsError extends CodedError {}

export class RecordExists extends ArtifactsError {
  constructor(kind: RecordKind, key: RecordKey) {
    super(
      'record_exists',
      `${kind} ${showKey(key)} exists already; update it with PUT, or choose another id`,
    );
  }
}

/** A deleted record with the same key still has files; their later removal would delete the new record's files too. */
export class FilesNotRemoved extends ArtifactsError {
  constructor(kind: RecordKind, key: RecordKey) {
    super(
      'files_not_removed',
      `the files of the deleted ${kind} ${showKey(key)} could not be removed yet; the log says why. Correct that and try again, or choose another id`,
    );
  }
}

export class ParentMissing extends ArtifactsError {
  readonly parent: RecordKind;
  readonly parentKey: RecordKey;

  constructor(kind: RecordKind, parent: RecordKind, parentKey: RecordKey) {
    super('parent_missing', `${parent} ${showKey(parentKey)} does not exist; create it before this ${kind}`);
    this.parent = parent;
    this.parentKey = parentKey;
  }
}

/** The key lacks an id that identifies records of this kind. */
export class MalformedKey extends ArtifactsError {
  constructor(kind: RecordKind, expected: readonly string[]) {
    super('malformed_key', `a ${kind} is named by ${expected.join(', ')}`);
  }
}

export class NewerSchema extends ArtifactsError {
  constructor(name: string, cause: unknown) {
    super('newer_schema', `the database ${name} was written by a newer version; update this program`, {
      cause,
    });
  }
}

/** The message never repeats the URL: it may hold a password. */
export class MalformedDatabaseUrl extends ArtifactsError {
  constructor(reason: string) {
    super(
      'malformed_database_url',
      `the database URL is wrong: ${reason}; give postgres://USER:PASSWORD@HOST:PORT/NAME or sqlite:PATH`,
    );
  }
}

/**
 * The database does not answer, or no longer does; the next call tries again. A write in progress may or may not be
 * stored.
 */
export class DatabaseUnreachable extends ArtifactsError {
  constructor(name: string, reason: string, cause?: unknown) {
    super(
      'database_unreachable',
      `the database ${name} does not answer (${reason}); see that its server runs and that the address is right`,
      { cause },
    );
  }
}

/** The server answers and refuses this user or this operation. */
export class DatabaseRefused extends ArtifactsError {
  constructor(name: string, user: string, reason: string, cause?: unknown) {
    super(
      'database_refused',
      `the database ${name} refuses user '${user}' (${reason}); correct its URL, or the user's rights there`,
      { cause },
    );
  }
}

/** Another process holds the write lock of the SQLite file. Nothing was written; the same call may succeed later. */
export class DatabaseLocked extends ArtifactsError {
  constructor(name: string, cause: unknown) {
    super(
      'database_locked',
      `another process has locked the database ${name}; try again when it is done. A backup of a live database takes no lock with sqlite3's .backup`,
      { cause },
    );
  }
}

/** Another process has opened the database exclusively. */
export class DatabaseInUse extends ArtifactsError {
  constructor(name: string) {
    super(
      'database_in_use',
      `another process works on the database ${name}; stop it, or choose another database`,
    );
  }
}

/** Another process has locked this outputs directory. */
export class OutputsInUse extends ArtifactsError {
  constructor(directory: string) {
    super(
      'outputs_in_use',
      `another process works in the outputs directory ${directory}; stop it, or choose another with --outputs-dir`,
    );
  }
}

/** Another process could neither resume this work nor find its models. */
export class OutputsNotShared extends ArtifactsError {
  constructor(directory: string, database: string) {
    super(
      'outputs_not_shared',
      `${directory} is not the outputs directory of those who work on the database ${database}; ` +
        'all of a cluster need the same one: mount it, and give it as --outputs-dir',
    );
  }
}

/** No artifact store is registered for the scheme of a URL. */
export class UnknownStore extends ArtifactsError {
  constructor(scheme: string, known: readonly string[]) {
    super('unknown_store', `there is no artifact store for ${scheme} URLs; use one of ${known.join(', ')}`);
  }
}

/** A key is not a plain relative path. */
export class PathOutside extends ArtifactsError {
  constructor(path: string) {
    super('path_outside', `'${path}' leaves the artifact store`);
  }
}

/** Nothing was written; a file that was there before is unchanged. */
export class StorageFull extends ArtifactsError {
  constructor(path: string, cause: unknown) {
    super('storage_full', `no space left to write ${path}; free some and run the job again`, { cause });
  }
}

/** A run's file is missing or has changed since it was written. */
export class RunDamaged extends ArtifactsError {
  constructor(path: string, why: string, cause?: unknown) {
    super('run_damaged', `${path}: ${why}; train the run again, or import it from an archive`, { cause });
  }
}

/** The file is not a run's archive, or is incomplete. Nothing was imported. */
export class InvalidArchive extends ArtifactsError {
  constructor(why: string, cause?: unknown) {
    super('invalid_archive', `the archive cannot be imported: ${why}`, { cause });
  }
}

export class EmptyTokenFile extends ArtifactsError {
  constructor(file: string) {
    super('empty_token_file', `${file} is empty; delete it and start again for a new admin token`);
  }
}

/** The tracking server of a collaboration is not a valid address. */
export class InvalidMlops extends ArtifactsError {
  constructor(host: string) {
    super(
      'invalid_mlops',
      `mlops.host of the collaboration is '${host}'; expected a host name or an address, without scheme, path or user`,
    );
  }
}

/** A collaboration names an MLflow server that the TTP's operator does not allow. */
export class MlopsNotAllowed extends ArtifactsError {
  constructor(server: string) {
    super(
      'mlops_not_allowed',
      `mlops names the server ${server}, which this TTP does not send runs to; its operator allows servers with --mlflow-host`,
    );
  }
}

/** The tracker is temporarily unavailable; the same call may succeed later. */
export class TrackerUnavailable extends ArtifactsError {
  /** Whether the tracker answered. */
  readonly answered: boolean;

  constructor(tracker: string, why: string, { answered, cause }: { answered: boolean; cause?: unknown }) {
    super(
      'tracker_unavailable',
      `the tracking server ${tracker} cannot be used (${why}); see that MLflow runs there, and that the collaboration's mlops names its host and port`,
      { cause },
    );
    this.answered = answered;
  }
}

/** The tracker refuses the entry; a repetition does not help. */
export class TrackerRefused extends ArtifactsError {
  readonly reason: string;

  constructor(tracker: string, reason: string, message: string) {
    super('tracker_refused', `the tracking server ${tracker} refuses: ${reason} ${message}`);
    this.reason = reason;
  }
}

function showKey(key: RecordKey): string {
  return `'${Object.values(key).join('/')}'`;
}
