import type { Failure, FailureCode } from '@synergos/contract';
import { DataPlaneError } from '../protocol/errors.js';

const MOST_MESSAGE_LENGTH = 2000;

interface SystemFailure extends Failure {
  readonly code: FailureCode;
}

/** A failure whose code and message may leave the worker's machine: it names no cell, no secret and no absolute path. */
export class TaskFailure extends DataPlaneError {}

const STORAGE_FULL: SystemFailure = {
  code: 'participant_storage_full',
  message: "the participant's disk is full: free space below the worker's --outputs-dir",
};
const NOT_PERMITTED: SystemFailure = {
  code: 'participant_not_permitted',
  message:
    "the worker's user may not read or write a file that the task needs: check the permissions below --data-dir and --outputs-dir",
};
const EXHAUSTED: SystemFailure = {
  code: 'participant_exhausted',
  message: "the participant's machine has no memory or no file descriptors left for the task",
};
const FILE_FAILED: SystemFailure = {
  code: 'participant_file_failed',
  message: 'a file that the task needs could not be read or written at the participant',
};
const INTERNAL: Failure = { code: 'internal', message: 'the worker failed unexpectedly' };

/** By the operating system's code of an error; other codes of system calls are failed files. */
const bySystemCode: Readonly<Record<string, SystemFailure>> = {
  ENOSPC: STORAGE_FULL,
  EDQUOT: STORAGE_FULL,
  EACCES: NOT_PERMITTED,
  EPERM: NOT_PERMITTED,
  EROFS: NOT_PERMITTED,
  EMFILE: EXHAUSTED,
  ENFILE: EXHAUSTED,
  ENOMEM: EXHAUSTED,
  EAGAIN: EXHAUSTED,
  ERR_WORKER_OUT_OF_MEMORY: EXHAUSTED,
};

/**
 * Turns any error into what the TTP may read. Errors of the data plane and `TaskFailure`s keep their code and message.
 * Messages of all other errors can hold cells and paths: they are replaced by fixed words, and stay in the worker's log.
 */
export function reportOf(error: unknown): Failure {
  if (error instanceof DataPlaneError)
    return { code: error.code.slice(0, 100), message: error.message.slice(0, MOST_MESSAGE_LENGTH) };
  const { code, message } = systemReportOf(error) ?? INTERNAL;
  return { code, message: `${message}; the worker's log has the details` };
}

/** The report of an error of the operating system; undefined for any other error. */
export function systemReportOf(error: unknown): SystemFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string') return undefined;
  return bySystemCode[code] ?? (typeof syscall === 'string' ? FILE_FAILED : undefined);
}
