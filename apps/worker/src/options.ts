import { idSchema } from '@synergos/contract';
import {
  addLoggingOptions,
  addResourceOptions,
  appCommand,
  appOption,
  type Command,
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
  /** @defaultValue `tensorflow` if `gpus` is at least 1 and a GPU is usable, else `wasm` */
  readonly backend: 'wasm' | 'tensorflow' | undefined;
  readonly cpus: number | undefined;
  readonly gpus: number | undefined;
  readonly tlsCa: string | undefined;
  readonly healthFile: string | undefined;
}

/** The command line of a worker. */
export function workerCommand(): Command {
  const about =
    "A participant's worker: connects to its TTP, trains on local data and sends updates. Data never leaves it.";
  const command = appCommand('synergos-worker', about, [
    'synergos-worker --id hospital-1 --ttp https://ttp.example.org:8020 --data-dir ./data',
    `synergos-worker --id hospital-1 --ttp https://ttp.example.org:8020 ${loggingExample}`,
    'SYNERGOS_TOKEN=… synergos-worker --id bank-a --ttp http://127.0.0.1:8020',
  ])
    .addOption(
      appOption('-i, --id <participant>', "participant's id, as registered at the TTP").makeOptionMandatory(),
    )
    .addOption(appOption('--ttp <url>', "TTP's data port, http(s)://host:8020").makeOptionMandatory())
    .addOption(
      appOption('--token <token>', "participant's token, from POST /ttp/connect/participants/<id>/token"),
    )
    .addOption(
      appOption('--data-dir <path>', 'folder with the data; tags name its sub-folders').default('./data'),
    )
    .addOption(
      appOption('--outputs-dir <path>', 'folder for statistics, predictions and state').default('./outputs'),
    )
    .addOption(
      appOption('--plugin <name>', 'package or module with further algorithms; repeatable')
        .argParser(repeatable)
        .default([], 'none'),
    )
    .addOption(
      appOption(
        '--backend <name>',
        'backend that trains (default: wasm); tensorflow needs @tensorflow/tfjs-node or, for CUDA, @tensorflow/tfjs-node-gpu',
      ).choices(['wasm', 'tensorflow']),
    )
    .addOption(appOption('--tls-ca <file>', 'PEM file of the certificate authority of the TTP'))
    .addOption(appOption('--health-file <path>', 'file that is written every few seconds while connected'));
  addResourceOptions(command, {
    cpus: 'CPU cores of the tensorflow backend (default: all); wasm uses one',
    gpus: 'GPUs for training: 0 uses none, 1 or more uses one if it is there (default: as --backend needs)',
  });
  return addLoggingOptions(command);
}

/** Parses the command line of a worker. An invalid one ends the process with exit code 2. */
export function parseOptions(argv: readonly string[]): WorkerOptions {
  const command = workerCommand();
  const options = readLoggingOptions(command, parseAppOptions(command, argv)) as WorkerOptions;
  if (!/^(https?|wss?):\/\//.test(options.ttp) || !URL.canParse(options.ttp))
    command.error(`error: --ttp expected a URL such as http://127.0.0.1:8020, got '${options.ttp}'`);
  const id = idSchema.safeParse(options.id);
  if (!id.success)
    command.error(`error: --id '${options.id}' is not a participant's id: ${id.error.issues[0]?.message}`);
  return { ...options, id: id.data ?? options.id };
}
