import { isLoopback } from '@synergos/contract';
import type { Command } from 'commander';
import { Driver } from '../driver.js';
import { SynergosError } from '../errors.js';
import { addressOf, checkToken, DEFAULT_URL } from './access.js';
import { addCommand } from './commands.js';
import { configFile, saveLogin, type Login } from './config.js';
import { WrongUse } from './failures.js';
import { readSecret } from './secrets.js';
import { toJson, type GlobalOptions } from './session.js';
import type { Shell } from './shell.js';

/** Adds the command `login`: saves the address and token of a TTP after the TTP has accepted them. */
export function addLogin(program: Command, shell: Shell): void {
  const login = addCommand(
    program,
    'login',
    'Saves the address and admin token of a TTP after the TTP has accepted them. The token is read from a prompt, ' +
      'standard input or --token-file, so that no list of processes shows it. It is stored in ' +
      '$XDG_CONFIG_HOME/synergos/config.json, which only you can read.',
    [
      'synergos login --url http://127.0.0.1:5000',
      'synergos login --url https://ttp.example.org:5000 --token-file ttp/data/admin-token',
      'ssh ttp.example.org cat /data/admin-token | synergos login --url https://ttp.example.org:5000',
    ],
  );
  login.summary('save the address and admin token of a TTP');
  login.action(async () => {
    const options: GlobalOptions = login.optsWithGlobals();
    const address = addressOf(options.url, '--url') ?? addressOf(shell.env.SYNERGOS_URL, 'SYNERGOS_URL');
    const url = address?.url ?? DEFAULT_URL;
    if (isPlain(url))
      shell.stderr.write(`warning: the token travels in plain text to ${url}; use https:// if it has TLS\n`);
    const token = (await isOpen(url)) ? undefined : (address?.token ?? (await askToken(shell, options)));
    if (token !== undefined) await tryOut({ url, token });
    const file = configFile(shell.env);
    await save(file, token === undefined ? { url } : { url, token });
    const open = token === undefined ? ', which needs no token' : '';
    const done =
      options.json === true ? toJson(shell, { url, file }) : `logged in at ${url}${open}; saved in ${file}`;
    shell.stdout.write(`${done}\n`);
  });
}

/** Whether the network can read what is sent to the address. */
function isPlain(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !isLoopback(hostname);
}

/** Whether the TTP accepts calls without a token. */
async function isOpen(url: string): Promise<boolean> {
  try {
    await tryOut({ url });
    return true;
  } catch (error) {
    if (error instanceof SynergosError && error.status === 401) return false;
    throw error;
  }
}

async function askToken(shell: Shell, { tokenFile }: GlobalOptions): Promise<string> {
  const { SYNERGOS_TOKEN } = shell.env;
  const text =
    tokenFile === undefined && SYNERGOS_TOKEN ? SYNERGOS_TOKEN : await readSecret(shell, tokenFile ?? '-');
  const token = checkToken(text, 'the given text');
  if (token === undefined)
    throw new WrongUse(
      'the token is missing; type it, pipe it to standard input, or give its file with --token-file',
    );
  return token;
}

async function tryOut(login: Login): Promise<void> {
  await new Driver(login).collaborations.readAll();
}

async function save(file: string, login: Login): Promise<void> {
  try {
    await saveLogin(file, login);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new WrongUse(`${file} cannot be written (${code}); set XDG_CONFIG_HOME to a writable folder`);
  }
}
