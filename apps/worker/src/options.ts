import { idSchema } from '@synergos/contract';
import {
  addLoggingOptions,
  addResourceOptions,
  appCommand,
  appOption,
  loggingExample,
  parseAppOptions,
  readLoggingOptions,
  repeatable,
  type LoggingChoices,
} from '@synergos/command-line';

export interface WorkerOptions extends LoggingChoices {
  readonly id: string;
  readonly ttp: string;
  readonly token: string | undefined;
  readonly dataDir: string;
  readonly outputsDir: string;
  readonly plugin: readonly string[];
  /** Default: `tensorflow` on a GPU with `gpus` ≥ 1 where there is one, else `wasm`. */
  readonly backend: 'wasm' | 'tensorflow' | undefined;
  readonly cpus: number | undefined;
  readonly gpus: number | undefined;
  readonly tlsCa: string | undefined;
  readonly healthFile: string | undefined;
}

/** The command line of a worker. */
export function parseOptions(argv: readonly string[]): WorkerOptions {
  const about =
    "A participant's process: dials its TTP, trains on local data, sends updates. Data never leaves it.";
  const command = appCommand('synergos-worker', about, [
    'synergos-worker --id hospital-1 --ttp https://ttp.example.org:8020 --data-dir ./data',
    `synergos-worker --id hospital-1 --ttp https://ttp.example.org:8020 ${loggingExample}`,
    'SYNERGOS_TOKEN=… synergos-worker --id bank-a --ttp http://127.0.0.1:8020',
  ])
    .addOption(
      appOption(
        '-i, --id <participant>',
        "the participant's id, as registered at the TTP",
      ).makeOptionMandatory(),
    )
    .addOption(appOption('--ttp <url>', "the TTP's data port, http(s)://host:8020").makeOptionMandatory())
    .addOption(
      appOption('--token <token>', "the participant's token, from POST /ttp/connect/participants/<id>/token"),
    )
    .addOption(appOption('--data-dir <path>', 'folders named by tags').default('./data'))
    .addOption(appOption('--outputs-dir <path>', 'statistics').default('./outputs'))
    .addOption(
      appOption('--plugin <name>', 'package or module with more algorithms; repeatable')
        .argParser(repeatable)
        .default([], 'none'),
    )
    .addOption(
      appOption(
        '--backend <name>',
        'what trains (default: wasm); tensorflow needs a package: @tensorflow/tfjs-node or, with CUDA, @tensorflow/tfjs-node-gpu',
      ).choices(['wasm', 'tensorflow']),
    )
    .addOption(appOption('--tls-ca <file>', 'PEM certificate authority of the TTP'))
    .addOption(appOption('--health-file <path>', 'touched every few seconds while connected'));
  addResourceOptions(command, {
    cpus: 'CPU cores of the tensorflow backend (default: all); wasm trains on one',
    gpus: 'GPUs for training: 0 touches none, 1 or more uses one where there is one (default: what --backend needs)',
  });
  addLoggingOptions(command);
  const options = readLoggingOptions(command, parseAppOptions(command, argv)) as WorkerOptions;
  if (!/^(https?|wss?):\/\//.test(options.ttp) || !URL.canParse(options.ttp))
    command.error(`error: --ttp expected a URL such as http://127.0.0.1:8020, got '${options.ttp}'`);
  const id = idSchema.safeParse(options.id);
  if (!id.success)
    command.error(`error: --id '${options.id}' is not a participant's id: ${id.error.issues[0]?.message}`);
  return { ...options, id: id.data ?? options.id };
}
