export interface FieldError {
  /** Dotted path of the field. */
  readonly path: string;
  readonly message: string;
}

/** A refusal of the TTP, or the reason why it is not reachable. */
export class SynergosError extends Error {
  /** HTTP status; 0 if no answer came. */
  readonly status: number;
  /** Stable code: that of the failed job, else `http_<status>`, `unreachable` or `invalid_answer`. */
  readonly code: string;
  /** Invalid fields of the body. */
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
