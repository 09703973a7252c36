import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EmptyTokenFile } from '../errors.js';

export interface AdminToken {
  readonly token: string;
  /** True at the first start: the time to show it. */
  readonly created: boolean;
}

/**
 * The token that opens the REST API: read from its file, or made there at the first start, for its owner's eyes only.
 * Of several processes that start at once, one makes it and all get the same.
 */
export async function loadOrCreateAdminToken(file: string): Promise<AdminToken> {
  const known = await read(file);
  if (known !== undefined) return { token: known, created: false };
  await mkdir(dirname(file), { recursive: true });
  const token = `syn_a_${randomBytes(32).toString('base64url')}`;
  const temporary = `${file}.${randomUUID()}`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(`${token}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // Unlike a rename, a link never replaces what another process made meanwhile.
    await link(temporary, file);
    return { token, created: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return loadOrCreateAdminToken(file);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function read(file: string): Promise<string | undefined> {
  try {
    const token = (await readFile(file, 'utf8')).trim();
    if (token === '') throw new EmptyTokenFile(file);
    return token;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
