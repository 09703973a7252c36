import { join } from 'node:path';
import Libsql from 'libsql';
import { OutputsInUse } from '../errors.js';
import { isLocked } from './sqlite-driver.js';

/** A lock of the operating system. */
export interface FileLock {
  close(): void;
}

/** Held until it is closed or the process ends, however it ends. Throws what `inUse` makes if another process holds it. */
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

/** Makes an outputs directory this process's own: a second TTP would clear away what this one is writing. */
export function lockOutputs(directory: string): FileLock {
  return lockFile(join(directory, '.synergos.lock'), () => new OutputsInUse(directory));
}
