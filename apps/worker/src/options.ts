import { Command, Option } from 'commander';

export interface WorkerOptions {
  readonly id: string;
  readonly ttp: string;
  readonly token: string | undefined;
  readonly dataDir: string;
  readonly outputsDir: string;
  readonly plugin: readonly string[];
  readonly backend: 'wasm' | 'tensorflow';
  readonly tlsCa: string | undefined;
  readonly healthFile: string | undefined;
  readonly debug: boolean;
}

/** The command line of a worker. Option names may be written with `-` or `_`; each has an environment variable. */
export function parseOptions(argv: readonly string[]): WorkerOptions {
  const option = (flags: string, description: string, variable: string) =>
    new Option(flags, description).env(`SYNERGOS_${variable}`);
  const command = new Command('synergos-worker')
    .description(
      "A participant's process: dials its TTP, trains on local data, sends updates. Data never leaves it.",
    )
    .addOption(
      option(
        '-i, --id <participant>',
        "the participant's id, as registered at the TTP",
        'ID',
      ).makeOptionMandatory(),
    )
    .addOption(option('--ttp <url>', "the TTP's data port, http(s)://host:8020", 'TTP').makeOptionMandatory())
    .addOption(
      option(
        '--token <token>',
        "the participant's token, from POST /ttp/connect/participants/<id>/token",
        'TOKEN',
      ),
    )
    .addOption(option('--data-dir <path>', 'folders named by tags', 'DATA_DIR').default('./data'))
    .addOption(
      option('--outputs-dir <path>', 'statistics and predictions', 'OUTPUTS_DIR').default('./outputs'),
    )
    .addOption(
      option('--plugin <name>', 'package or module with more algorithms; repeatable', 'PLUGIN')
        .argParser(collect)
        .default([], 'none'),
    )
    .addOption(
      option('--backend <name>', 'what trains; tensorflow needs the package @tensorflow/tfjs-node', 'BACKEND')
        .choices(['wasm', 'tensorflow'])
        .default('wasm'),
    )
    .addOption(option('--tls-ca <file>', 'PEM certificate authority of the TTP', 'TLS_CA'))
    .addOption(option('--health-file <path>', 'touched every few seconds while connected', 'HEALTH_FILE'))
    .addOption(option('-d, --debug', 'log more', 'DEBUG').default(false))
    .addHelpText(
      'after',
      `
Examples:
  synergos-worker --id hospital-1 --ttp https://ttp.example.org:8020 --data-dir ./data
  SYNERGOS_TOKEN=… synergos-worker --id bank-a --ttp http://127.0.0.1:8020

Every option may also be given by its environment variable, SYNERGOS_<OPTION>.`,
    )
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  command.parse(argv.map(withDashes), { from: 'user' });
  const options = command.opts<WorkerOptions>();
  if (!/^(https?|wss?):\/\//.test(options.ttp) || !URL.canParse(options.ttp))
    command.error(`error: --ttp expected a URL such as http://127.0.0.1:8020, got '${options.ttp}'`);
  return options;
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

function withDashes(argument: string): string {
  const [name = '', ...value] = argument.split('=');
  return name.startsWith('--') ? [name.replaceAll('_', '-'), ...value].join('=') : argument;
}
