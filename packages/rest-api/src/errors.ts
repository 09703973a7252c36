import { shorten } from '@synergos/contract';

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

/** The other packages' codes as HTTP statuses; what is not listed is a fault of the server. */
const statuses: Readonly<Record<string, number>> = {
  record_exists: 409,
  files_not_removed: 409,
  parent_missing: 404,
  invalid_mlops: 400,
  mlops_not_allowed: 400,
  malformed_key: 400,
  record_missing: 404,
  invalid_model: 422,
  invalid_arguments: 400,
  no_grid: 422,
  no_participants: 409,
  not_aligned: 409,
  data_changed: 409,
  space_unknown: 409,
  not_trained: 409,
  no_predict_tags: 409,
  alignment_impossible: 422,
  participants_missing: 503,
  quorum_missed: 503,
  no_trial_succeeded: 422,
  unknown_job: 404,
  queue_closed: 503,
  storage_full: 507,
  database_unreachable: 503,
  database_refused: 503,
  database_in_use: 503,
  database_locked: 503,
  invalid_archive: 422,
  run_damaged: 409,
  deadline: 504,
  participant_storage_full: 507,
  participant_not_permitted: 503,
  participant_exhausted: 503,
  participant_file_failed: 503,
  thread_died: 503,
};

/** A participant's complaint about its own data or about a model that does not fit it. */
const UNPROCESSABLE = 422;

export function statusOfJob(code: string): number {
  if (code === 'internal') return 500;
  const status = statuses[code] ?? UNPROCESSABLE;
  // What was a malformed request when it was made is, in a job, a combination that does not work.
  return status === 400 ? UNPROCESSABLE : status;
}

/** Any error as the answer a client may see; undefined for a fault whose inside stays inside. */
export function toApiError(error: unknown): ApiError | undefined {
  if (error instanceof ApiError) return error;
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const status = statuses[error.code];
  if (status === undefined) return undefined;
  const issues = 'issues' in error && Array.isArray(error.issues) ? (error.issues as FieldError[]) : [];
  return new ApiError(status, error.message, issues);
}
