import { join } from 'node:path';
import Libsql from 'libsql';
import { OutputsInUse } from '../errors.js';
import { isLocked } from './sqlite-driver.js';

/** A lock of the operating system. */
export interface FileLock {
  close(): void;
}

/**
 * Held until it is closed or the process ends for any reason. Throws the error of `inUse` if another process holds it.
 */
export function lockFile(path: string, inUse: () => Error): FileLock {
  const lock = new Libsql(path);
  try {
    lock.exec('begin exclusive');
    return lock;
  } catch (error) {
    lock.close();
    throw isLocked(error) ? inUse() : error;
  }
}

/** Locks an outputs directory for this process: a second TTP would delete files that this process is writing. */
export function lockOutputs(directory: string): FileLock {
  return lockFile(join(directory, '.synergos.lock'), () => new OutputsInUse(directory));
}
