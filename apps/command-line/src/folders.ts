import { mkdir } from 'node:fs/promises';

/** Makes a folder that an option names; false if it is there already. Where it cannot be, the error names both. */
export async function makeFolder(folder: string, option: string): Promise<boolean> {
  try {
    return (await mkdir(folder, { recursive: true })) !== undefined;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new Error(`${option}: the folder ${folder} cannot be made (${code ?? message})`, { cause });
  }
}
