import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { WrongUse } from './failures.js';

/** A saved TTP, used if neither options nor environment name one. */
export interface Login {
  readonly url: string;
  /** Absent if the TTP needs none. */
  readonly token?: string;
}

/** `$XDG_CONFIG_HOME/synergos/config.json`. A relative XDG_CONFIG_HOME is ignored, as its specification demands. */
export function configFile(env: Readonly<Record<string, string | undefined>>): string {
  const { XDG_CONFIG_HOME: given = '', HOME: home = homedir() } = env;
  return join(isAbsolute(given) ? given : join(home, '.config'), 'synergos', 'config.json');
}

export async function readLogin(file: string): Promise<Login | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new WrongUse(`${file} cannot be read (${code}); log in again with \`synergos login\``);
  }
  const login = parse(text);
  if (login === undefined)
    throw new WrongUse(`${file} does not hold a login; log in again with \`synergos login\``);
  return login;
}

/** Writes the login atomically to a file that only its owner can read. */
export async function saveLogin(file: string, login: Login): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.${randomUUID()}`;
  try {
    await writeFile(fresh, `${JSON.stringify(login, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' });
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

function parse(text: string): Login | undefined {
  try {
    const { url, token } = JSON.parse(text) as Record<string, unknown>;
    if (typeof url !== 'string' || !URL.canParse(url)) return undefined;
    if (token !== undefined && typeof token !== 'string') return undefined;
    return token === undefined ? { url } : { url, token };
  } catch {
    return undefined;
  }
}
