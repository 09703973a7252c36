import { codeOf, failureKindOf, shorten } from '@synergos/contract';

export interface FieldError {
  readonly path: string;
  readonly message: string;
}

const LONGEST_MESSAGE = 2000;
const MOST_ERRORS = 50;

/** An answer that is not a success. */
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

/** The status of a failed job. A request that was malformed is, in a job, a combination that does not work. */
export function statusOfJob(code: string): number {
  const { status } = failureKindOf(code);
  return status === 400 ? 422 : status;
}

/** Any error as the answer a client may see; undefined for a fault whose inside stays inside. */
export function toApiError(error: unknown): ApiError | undefined {
  if (error instanceof ApiError) return error;
  const code = codeOf(error, 'internal');
  const { status } = failureKindOf(code);
  if (!(error instanceof Error) || status === 500) return undefined;
  const issues = 'issues' in error && Array.isArray(error.issues) ? (error.issues as FieldError[]) : [];
  return new ApiError(status, error.message, issues);
}
