import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { DEFAULT_CONNECTIONS, isLoopback } from '@synergos/contract';
import type { Logger } from '@synergos/logging';
import type { Command } from 'commander';
import { appOption, atLeast, repeatable } from '@synergos/command-line';

export interface AccessChoices {
  readonly host: string;
  readonly auth: 'token' | 'none';
  readonly allowAnyone: boolean;
  readonly maxConnections: number;
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
}

/** The ports that an app serves. */
export type Served = 'REST API' | 'data port' | 'both ports';

/** Adds the options of access, of every app that listens. */
export function addAccessOptions(command: Command, served: Served): Command {
  const what = served === 'REST API' ? 'the REST API' : 'both ports';
  command
    .addOption(
      appOption(
        '--auth <kind>',
        served === 'data port' ? 'authentication of workers' : 'authentication of callers',
      )
        .choices(['token', 'none'])
        .default('token'),
    )
    .addOption(
      appOption(
        '--allow-anyone',
        'confirm --auth none on an address that other machines reach; anyone may then use the API and act as any participant',
      ).default(false),
    )
    .addOption(
      appOption(
        '--max-connections <number>',
        'maximum number of open connections per port (default: 8192, or a third of the limit of open files)',
      ).argParser(atLeast(16)),
    )
    .addOption(appOption('--tls-cert <file>', `PEM file of the certificate of ${what}`))
    .addOption(appOption('--tls-key <file>', `PEM file of the key of ${what}`));
  if (served === 'data port') return command;
  return command.addOption(
    appOption(
      '--allowed-host <name>',
      'further host name by which browsers reach this server, for example behind a proxy; repeatable',
    )
      .argParser(repeatable)
      .default([], 'none'),
  );
}

/** Fills in defaults; ends the process with one line if options contradict each other. */
export function readAccessOptions<Options>(command: Command, given: Options): Options & AccessChoices {
  const options = { maxConnections: connectionsOf(), ...given } as Options & AccessChoices;
  const { auth, host, allowAnyone, tlsCert, tlsKey } = options;
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    command.error('error: --tls-cert and --tls-key belong together; give both or neither');
  if (auth === 'none' && !isLoopback(host) && !allowAnyone)
    command.error(
      `error: --auth none on ${host} lets every machine that reaches it use the REST API and, on the data port, act as any participant; ` +
        'add --allow-anyone to confirm, or leave out --auth none',
    );
  return options;
}

/** Warns of ports that are open to anyone, and of tokens that travel in plain text. */
export function warnOfAccess({ auth, host, tlsCert }: AccessChoices, served: Served, logger: Logger): void {
  if (auth === 'none') {
    const open = {
      'REST API': 'anyone who reaches the port may use the REST API',
      'data port': 'anyone who reaches the data port may act as any participant',
      'both ports':
        'anyone who reaches the ports may use the REST API and, on the data port, act as any participant',
    };
    logger.warn({ host }, `authentication is off (--auth none): ${open[served]}`);
  } else if (tlsCert === undefined && !isLoopback(host))
    logger.warn(
      { host },
      'tokens travel in plain text over HTTP; give --tls-cert and --tls-key, or put a proxy with TLS in front',
    );
}

const RESERVED_SHARE = 3;

/** Connections of one port: at most a third of the files that the process may open, for both ports and its files. */
function connectionsOf(): number {
  const files = mostOpenFiles() ?? Infinity;
  return Math.max(16, Math.min(DEFAULT_CONNECTIONS, Math.floor(files / RESERVED_SHARE)));
}

/** Names that this server may be called by in a browser. */
export function hostsOf({
  host,
  allowedHost,
}: {
  readonly host: string;
  readonly allowedHost: readonly string[];
}) {
  return [host, hostname(), ...allowedHost];
}

/** Undefined if the system does not report it. Node.js raises the soft limit to the hard one. */
function mostOpenFiles(): number | undefined {
  try {
    const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return line === null ? undefined : Number(line[1]);
  } catch {
    return undefined;
  }
}
