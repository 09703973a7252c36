import { readLogin, type Login } from './config.js';
import { WrongUse } from './failures.js';
import { readSecret } from './secrets.js';
import type { Shell } from './shell.js';

export const DEFAULT_URL = 'http://127.0.0.1:5000';

export interface AccessOptions {
  readonly url?: string;
  readonly tokenFile?: string;
}

/** Returns address and token of the TTP: from the options, else from the environment, else from the login saved in `file`. */
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
  // A saved token is sent only to the TTP that it was saved for.
  const known = token ?? (saved?.url === url ? saved.token : undefined);
  return known === undefined ? { url } : { url, token: known };
}

/** Separates an address from the credentials in it. Undefined if no address is given. */
export function addressOf(text: string | undefined, name: string): Login | undefined {
  if (text === undefined || text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    // Text that may hold a password is not repeated.
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

/** Checks that a token fits into a header: the error of an invalid header would repeat the token. */
export function checkToken(text: string | undefined, name: string): string | undefined {
  const token = text?.trim() ?? '';
  if (token === '') return undefined;
  if (!/^[\u0021-\u007e]+$/.test(token))
    throw new WrongUse(`${name} is not a token: expected one line without spaces`);
  return token;
}
