import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EmptyTokenFile } from '../errors.js';

export interface AdminToken {
  readonly token: string;
  /** True at the first start: the token is then shown. */
  readonly created: boolean;
}

/**
 * The token of the REST API: read from its file, or created there at the first start, readable by its owner only. If
 * several processes start at the same time, one creates the token and all return the same one.
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
    // Unlike a rename, a link never replaces a file that another process created meanwhile.
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
