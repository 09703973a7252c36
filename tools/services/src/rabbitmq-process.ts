import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { listens } from './ports.js';

export interface RabbitmqPrograms {
  /** RabbitMQ's own start script, which runs as the calling user. */
  readonly server: string;
}

export interface RabbitmqSettings {
  readonly programs: RabbitmqPrograms;
  /** Where its data, settings and logs lie. */
  readonly directory: string;
  readonly port: number;
  readonly distributionPort: number;
  /** Of the Erlang application `rabbit`, such as `consumer_timeout`. */
  readonly settings?: Readonly<Record<string, number>>;
  /** PEM files: the port speaks TLS alone. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Who may come in, at its first start. Default: guest, by the password guest. */
  readonly login?: { readonly user: string; readonly password: string } | undefined;
}

const START_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 30_000;
/** Debian keeps the scripts themselves here; those on the PATH change to the user rabbitmq. */
const DEBIAN = '/usr/lib/rabbitmq/bin';

/** RabbitMQ's programs on this machine; undefined if there are none. */
export function findRabbitmq(): RabbitmqPrograms | undefined {
  const folders = [DEBIAN, ...(process.env.PATH ?? '').split(delimiter)];
  const server = folders.map((folder) => join(folder, 'rabbitmq-server')).find((path) => existsSync(path));
  return server === undefined ? undefined : { server };
}

/** Starts RabbitMQ on what lies in its directory, on 127.0.0.1 alone; resolves when it takes connections. */
export async function startRabbitmq(options: RabbitmqSettings): Promise<ChildProcess> {
  const { programs, directory, port, distributionPort, settings = {}, tls, login } = options;
  const at = (name: string) => join(directory, name);
  mkdirSync(at('home'), { recursive: true });
  writeFileSync(at('plugins'), '[].\n');
  const lines = [
    ...(tls === undefined
      ? [`listeners.tcp.1 = 127.0.0.1:${port}`]
      : [
          'listeners.tcp = none',
          `listeners.ssl.1 = 127.0.0.1:${port}`,
          `ssl_options.certfile = ${tls.cert}`,
          `ssl_options.keyfile = ${tls.key}`,
        ]),
    ...(login === undefined ? [] : [`default_user = ${login.user}`, `default_pass = ${login.password}`]),
    'log.file.level = warning',
    'disk_free_limit.absolute = 50MB',
  ];
  writeFileSync(at('rabbitmq.conf'), `${lines.join('\n')}\n`);
  const advanced = Object.entries(settings).map(([name, value]) => `{${name}, ${value}}`);
  writeFileSync(at('advanced.config'), `[{rabbit, [${advanced.join(', ')}]}].\n`);
  const node = `synergos-${port}@localhost`;
  const child = spawn(programs.server, [], {
    // A group of its own: the script has the server as a child.
    detached: true,
    stdio: 'ignore',
    env: {
      ...process.env,
      HOME: at('home'),
      RABBITMQ_NODENAME: node,
      RABBITMQ_DIST_PORT: String(distributionPort),
      RABBITMQ_MNESIA_BASE: at('mnesia'),
      RABBITMQ_LOG_BASE: at('log'),
      RABBITMQ_ENABLED_PLUGINS_FILE: at('plugins'),
      RABBITMQ_CONFIG_FILE: at('rabbitmq'),
      RABBITMQ_ADVANCED_CONFIG_FILE: at('advanced.config'),
      // Small and quiet: it shares the machine.
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none',
    },
  });
  const lastLines = () => {
    const file = join(at('log'), `${node}.log`);
    return existsSync(file)
      ? readFileSync(file, 'utf8').split('\n').slice(-20).join('\n')
      : '(it wrote no log)';
  };
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`RabbitMQ ended with code ${String(code)} at its start:\n${lastLines()}`);
  });
  failed.catch(() => undefined);
  const ready = async () => {
    for (const end = Date.now() + START_WITHIN_MS; Date.now() < end; await delay(100))
      if (await listens(port)) return;
    throw new Error(`RabbitMQ did not start within ${START_WITHIN_MS / 1000} s:\n${lastLines()}`);
  };
  await Promise.race([ready(), failed]);
  return child;
}

/** Ends a process with its group; resolves when nothing of it is left. */
export async function endGroup(pid: number, signal: NodeJS.Signals): Promise<void> {
  const isThere = () => {
    try {
      return process.kill(-pid, 0);
    } catch {
      return false;
    }
  };
  if (!isThere()) return;
  process.kill(-pid, signal);
  for (const end = Date.now() + STOP_WITHIN_MS; Date.now() < end && isThere();) await delay(50);
}
