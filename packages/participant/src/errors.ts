import { systemReportOf, TaskFailure } from '@synergos/rpc-core';

/**
 * Base of this package's errors: `code` is stable, `message` states a remedy. The message leaves the participant's machine:
 * it names folders by tag, files relative to them, lines and columns, and never a cell or an absolute path.
 */
export class ParticipantError extends TaskFailure {}

/** A tag does not name a folder below the data directory. */
export class InvalidTag extends ParticipantError {
  constructor(code: 'tag_outside' | 'tag_missing', tag: readonly string[], why: string) {
    super(code, `tag [${tag.map((token) => `'${token}'`).join(', ')}] ${why}`);
  }
}

/** The files of a data folder are invalid. */
export class InvalidDataset extends ParticipantError {
  constructor(folder: string, message: string, options?: ErrorOptions) {
    super('invalid_dataset', `${folder}: ${message}`, options);
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied to the user of the worker',
  EPERM: 'permission denied to the user of the worker',
  ENOENT: 'it vanished while it was read',
  EISDIR: 'it is a folder',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  EIO: 'the disk reports an error',
};

/** The operating system does not let the worker read a file of a data folder. */
export class UnreadableFile extends ParticipantError {
  constructor(folder: string, file: string, cause: unknown) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    const failureCode = systemReportOf(cause)?.code ?? 'participant_file_failed';
    super(
      failureCode,
      `${folder}: ${file} cannot be read: ${reasons[code] ?? 'the system reports an error'}`,
      {
        cause,
      },
    );
  }
}

/** Data does not fit the feature space of the model. */
export class SpaceMismatch extends ParticipantError {
  constructor(message: string) {
    super('space_mismatch', message);
  }
}

/** The training data is not the version that the project was aligned with. */
export class DataChanged extends ParticipantError {
  constructor() {
    super(
      'data_changed',
      'the training data changed after the project was aligned; align it again and train',
    );
  }
}

/** A task has an invalid payload or tensors. */
export class InvalidTask extends ParticipantError {
  constructor(message: string, options?: ErrorOptions) {
    super('invalid_task', message, options);
  }
}
