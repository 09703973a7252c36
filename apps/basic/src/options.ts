import { randomUUID } from 'node:crypto';
import { Command, InvalidArgumentError, Option } from 'commander';

export interface BasicOptions {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly dataPort: number;
  readonly dataDir: string;
  readonly outputsDir: string;
  readonly auth: 'token' | 'none';
  readonly engine: 'simd' | 'plain' | undefined;
  readonly plugin: readonly string[];
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly debug: boolean;
}

/** The command line of the basic TTP. Option names may be written with `-` or `_`; each has an environment variable. */
export function parseOptions(argv: readonly string[]): BasicOptions {
  const option = (flags: string, description: string, variable: string) =>
    new Option(flags, description).env(`SYNERGOS_${variable}`);
  const command = new Command('synergos-basic')
    .description('The trusted third party of one grid: REST API, jobs, and the data plane that workers dial.')
    .addOption(
      option('-i, --id <name>', 'name of this node in logs', 'ID').default(
        `ttp/${randomUUID()}`,
        'ttp/<uuid>',
      ),
    )
    .addOption(option('--host <address>', 'address to listen on', 'HOST').default('127.0.0.1'))
    .addOption(
      option('--port <number>', 'REST API; 0 takes a free one', 'PORT').argParser(port).default(5000),
    )
    .addOption(
      option('--data-port <number>', 'workers dial it; 0 takes a free one', 'DATA_PORT')
        .argParser(port)
        .default(8020),
    )
    .addOption(
      option('--data-dir <path>', 'records, admin token, scratch space', 'DATA_DIR').default('./data'),
    )
    .addOption(
      option('--outputs-dir <path>', 'models, loss histories, checkpoints', 'OUTPUTS_DIR').default(
        './outputs',
      ),
    )
    .addOption(option('--auth <kind>', 'who may call', 'AUTH').choices(['token', 'none']).default('token'))
    .addOption(
      option(
        '--engine <name>',
        'arithmetic of aggregation (default: the fastest that runs here)',
        'ENGINE',
      ).choices(['simd', 'plain']),
    )
    .addOption(
      option('--plugin <name>', 'package or module with more algorithms; repeatable', 'PLUGIN')
        .argParser(collect)
        .default([], 'none'),
    )
    .addOption(option('--tls-cert <file>', 'PEM certificate for both ports', 'TLS_CERT'))
    .addOption(option('--tls-key <file>', 'PEM key for both ports', 'TLS_KEY'))
    .addOption(option('-d, --debug', 'log more', 'DEBUG').default(false))
    .addHelpText(
      'after',
      `
Examples:
  synergos-basic --data-dir ./ttp/data --outputs-dir ./ttp/outputs
  synergos-basic --port 5001 --data-port 8021 --auth none
  synergos-basic --plugin ./my-algorithms.js

Every option may also be given by its environment variable, SYNERGOS_<OPTION>.`,
    )
    .configureOutput({ outputError: (text, write) => write(text) })
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  command.parse(argv.map(withDashes), { from: 'user' });
  const options = command.opts<BasicOptions>();
  if ((options.tlsCert === undefined) !== (options.tlsKey === undefined))
    command.error('error: --tls-cert and --tls-key belong together; give both or neither');
  return options;
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('expected a whole number from 0 to 65535.');
  return value;
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

function withDashes(argument: string): string {
  const [name = '', ...value] = argument.split('=');
  return name.startsWith('--') ? [name.replaceAll('_', '-'), ...value].join('=') : argument;
}
