import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { AlgorithmsError } from '../errors.js';

const { resolve } = createRequire(import.meta.url);

/** A peer that need not be installed: undefined where it is not. Throws `AlgorithmsError` (`engine_missing`) if it does not load. */
export async function importOptional<Module>(name: string): Promise<Module | undefined> {
  let file: string;
  try {
    file = resolve(name);
  } catch {
    return undefined;
  }
  try {
    return (await import(pathToFileURL(file).href)) as Module;
  } catch (cause) {
    const [reason] = String(cause).split('\n');
    throw new AlgorithmsError('engine_missing', `${name} is installed, but does not load: ${reason}`, {
      cause,
    });
  }
}
