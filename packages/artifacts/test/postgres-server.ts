import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

const PASSWORD = 'tests-only';
const START_TIMEOUT_MS = 30_000;

/** Ends the server and removes its folder when its own input ends: with the tests, even if they are killed. */
const KEEPER = '"$@" & server=$!; cat >/dev/null; kill -INT $server; wait $server; cd /; rm -rf "$0"';

export interface PostgresServer {
  /** URL of a user that may create databases. */
  readonly url: string;
  stop(): Promise<void>;
}

/** The folder with PostgreSQL's programs; undefined if it is not installed. */
export function findPostgres(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ];
  return folders.find((folder) => ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))));
}

/** Starts a separate server for the tests, in a temporary folder, on a free port. */
export async function startPostgres(programs: string): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'synergos-postgres-'));
  const owner = ownerOfServer();
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, PASSWORD);
  if (owner !== undefined) for (const path of [folder, passwordFile]) chownSync(path, owner.uid, owner.gid);
  const options = { cwd: folder, ...owner };

  const data = join(folder, 'data');
  const initdb = [
    ...['-D', data, '-U', 'tests', '-E', 'UTF8', '--no-locale', '--no-sync'],
    ...['--auth=scram-sha-256', `--pwfile=${passwordFile}`],
  ];
  const made = spawnSync(join(programs, 'initdb'), initdb, { ...options, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr || String(made.error)}`);

  const port = await freePort();
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    // Tests kill clients, never the server.
    'fsync=off',
  ].flatMap((setting) => ['-c', setting]);
  const command = ['-c', KEEPER, folder, join(programs, 'postgres'), '-D', data, ...settings];
  const server = spawn('sh', command, { ...options, stdio: ['pipe', 'ignore', 'pipe'] });
  let log = '';
  server.stderr.setEncoding('utf8').on('data', (part: string) => (log = (log + part).slice(-10_000)));
  const stop = async () => {
    await end(server);
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `postgres://tests:${PASSWORD}@127.0.0.1:${port}/postgres`;
  try {
    await untilItAnswers(url);
  } catch (error) {
    await stop();
    throw new Error(`PostgreSQL did not start: ${log}`, { cause: error });
  }
  return { url, stop };
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const exit = once(server, 'exit');
  server.stdin?.end();
  await exit;
}

async function untilItAnswers(url: string): Promise<void> {
  for (const deadlineMs = Date.now() + START_TIMEOUT_MS; ; await delay(50)) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return await client.end();
    } catch (error) {
      if (Date.now() > deadlineMs) throw error;
    }
  }
}

/** PostgreSQL refuses to run as root: a root process then uses an unprivileged user. */
function ownerOfServer(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const { status, stdout } = spawnSync('sh', ['-c', `id -u ${name} && id -g ${name}`], {
      encoding: 'utf8',
    });
    const [uid, gid] = stdout.trim().split('\n').map(Number);
    if (status === 0 && uid !== undefined && gid !== undefined) return { uid, gid };
  }
  return undefined;
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  return port;
}
