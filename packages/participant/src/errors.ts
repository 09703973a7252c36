/** Base of this package's errors: `code` is stable, `message` says what to do. */
export class ParticipantError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A tag that names no folder below the data directory. */
export class InvalidTag extends ParticipantError {
  constructor(code: 'tag_outside' | 'tag_missing', tag: readonly string[], why: string) {
    super(code, `tag [${tag.map((token) => `'${token}'`).join(', ')}] ${why}`);
  }
}

/** A data folder whose files are not as they should be. */
export class InvalidDataset extends ParticipantError {
  constructor(folder: string, message: string, options?: ErrorOptions) {
    super('invalid_dataset', `${folder}: ${message}`, options);
  }
}

/** A task that does not fit what it comes with. */
export class InvalidTask extends ParticipantError {
  constructor(message: string, options?: ErrorOptions) {
    super('invalid_task', message, options);
  }
}
