import { codeOf, failureKindOf, shorten } from '@synergos/contract';

export interface FieldError {
  readonly path: string;
  readonly message: string;
}

const LONGEST_MESSAGE = 2000;
const MOST_ERRORS = 50;

/** A response other than a success. */
export class ApiError extends Error {
  readonly status: number;
  readonly errors: readonly FieldError[];

  constructor(status: number, message: string, errors: readonly FieldError[] = []) {
    super(shorten(message, LONGEST_MESSAGE));
    this.name = 'ApiError';
    this.status = status;
    this.errors = errors
      .slice(0, MOST_ERRORS)
      .map(({ path, message: why }) => ({ path: shorten(path, 200), message: shorten(why) }));
  }
}

/** The status of a failed job. In a job, a malformed request (400) is a combination that does not work (422). */
export function statusOfJob(code: string): number {
  const { status } = failureKindOf(code);
  return status === 400 ? 422 : status;
}

/** Converts an error to the response for the client; undefined for an internal fault, whose details are not sent. */
export function toApiError(error: unknown): ApiError | undefined {
  if (error instanceof ApiError) return error;
  const code = codeOf(error, 'internal');
  const { status } = failureKindOf(code);
  if (!(error instanceof Error) || status === 500) return undefined;
  const issues = 'issues' in error && Array.isArray(error.issues) ? (error.issues as FieldError[]) : [];
  return new ApiError(status, error.message, issues);
}
