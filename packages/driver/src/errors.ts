export interface FieldError {
  /** Dotted path of the field. */
  readonly path: string;
  readonly message: string;
}

/** What the TTP answered that is not a success, or why it could not be reached. */
export class SynergosError extends Error {
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  /** Stable: of the failed job where there is one, else `http_<status>`, `unreachable`, `invalid_answer`. */
  readonly code: string;
  /** Every field at fault, for answers to invalid bodies. */
  readonly errors: readonly FieldError[];

  constructor(
    message: string,
    details: {
      readonly status: number;
      readonly code: string;
      readonly errors?: readonly FieldError[];
      readonly cause?: unknown;
    },
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'SynergosError';
    this.status = details.status;
    this.code = details.code;
    this.errors = details.errors ?? [];
  }
}
