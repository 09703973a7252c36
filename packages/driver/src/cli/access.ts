import { readLogin, type Login } from './config.js';
import { WrongUse } from './failures.js';
import { readSecret } from './secrets.js';
import type { Shell } from './shell.js';

export const DEFAULT_URL = 'http://127.0.0.1:5000';

export interface AccessOptions {
  readonly url?: string;
  readonly tokenFile?: string;
}

/** Address and token of the TTP: what an option gives, else the environment, else the login that was saved in `file`. */
export async function accessOf(shell: Shell, options: AccessOptions, file: string): Promise<Login> {
  const { SYNERGOS_URL, SYNERGOS_TOKEN } = shell.env;
  const option = addressOf(options.url, '--url');
  const environment = addressOf(SYNERGOS_URL, 'SYNERGOS_URL');
  const optionToken = await tokenOf(shell, options.tokenFile);
  const given = option ?? environment;
  const token =
    optionToken ?? option?.token ?? checkToken(SYNERGOS_TOKEN, 'SYNERGOS_TOKEN') ?? environment?.token;
  const saved = given !== undefined && token !== undefined ? undefined : await readLogin(file);
  const url = given?.url ?? saved?.url ?? DEFAULT_URL;
  // A saved token is for the TTP that it was saved with; another must not get to see it.
  const known = token ?? (saved?.url === url ? saved.token : undefined);
  return known === undefined ? { url } : { url, token: known };
}

/** The address without credentials, those apart. Undefined where nothing is given. */
export function addressOf(text: string | undefined, name: string): Login | undefined {
  if (text === undefined || text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    // What may hold a password is not told again.
    throw new WrongUse(
      `${name}: expected an address such as ${DEFAULT_URL}${text.includes('@') ? '' : `, got '${text}'`}`,
    );
  const address = `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  if (url.password === '') return { url: address };
  const token = checkToken(decodeURIComponent(url.password), `the password in ${name}`);
  return token === undefined ? { url: address } : { url: address, token };
}

async function tokenOf(shell: Shell, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const token = checkToken(await readSecret(shell, file), `--token-file ${file}`);
  if (token === undefined) throw new WrongUse(`--token-file: ${file} is empty`);
  return token;
}

/** A token travels in a header: what cannot be in one is refused here, for an error of a header would tell the token. */
export function checkToken(text: string | undefined, name: string): string | undefined {
  const token = text?.trim() ?? '';
  if (token === '') return undefined;
  if (!/^[\u0021-\u007e]+$/.test(token))
    throw new WrongUse(`${name} is not a token: expected one line without spaces`);
  return token;
}
