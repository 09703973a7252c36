import type { Command, Option, OptionValues } from 'commander';
import { appOption } from '@synergos/command-line';

/** The job queue, as chosen on the command line. */
export interface QueueChoices {
  readonly queue: {
    readonly host: string;
    readonly port: number;
    readonly user: string | undefined;
    readonly password: string | undefined;
    readonly vhost: string | undefined;
    readonly secure: boolean;
    readonly caFile: string | undefined;
  };
}

const EXPECTED = 'expected rabbitmq HOST PORT, such as --queue rabbitmq 127.0.0.1 5672';
export const queueExample = '--queue rabbitmq mq.example.org 5672';

/** `--queue` alone, as a list of words. */
export function queueOption(about: string): Option {
  return appOption('--queue <variant-host-port...>', about).argParser<readonly string[] | undefined>(
    (value, previous) => [...(previous ?? []), ...value.trim().split(/\s+/)],
  );
}

/** Adds `--queue rabbitmq HOST PORT` (also `-mq`) and the credentials for it. */
export function addQueueOptions(command: Command): Command {
  return command
    .addOption(queueOption('queue of jobs: rabbitmq HOST PORT; also -mq'))
    .addOption(appOption('--queue-user <name>', 'user name at the queue (default: guest)'))
    .addOption(appOption('--queue-password <text>', 'password; prefer its environment variable'))
    .addOption(appOption('--queue-vhost <name>', 'virtual host (default: /)'))
    .addOption(appOption('--queue-secure', 'TLS (amqps)').default(false))
    .addOption(appOption('--queue-ca <file>', 'PEM certificate authority of the queue'));
}

/** Ends the process with one line if the choice is invalid. */
export function readQueueOptions(command: Command, options: OptionValues): QueueChoices {
  const given = options.queue as readonly string[] | undefined;
  if (given === undefined) command.error(`error: --queue is needed: ${EXPECTED}`);
  const [variant = '', host = '', port = '', ...more] = given ?? [];
  if (variant !== 'rabbitmq') command.error(`error: --queue: unknown queue '${variant}'; ${EXPECTED}`);
  if (host === '' || more.length > 0) command.error(`error: --queue: ${EXPECTED}, got '${given?.join(' ')}'`);
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)
    command.error(`error: --queue: '${port}' is not a port; ${EXPECTED}`);
  return {
    queue: {
      host,
      port: Number(port),
      user: options.queueUser as string | undefined,
      password: options.queuePassword as string | undefined,
      vhost: options.queueVhost as string | undefined,
      secure: options.queueSecure === true,
      caFile: options.queueCa as string | undefined,
    },
  };
}
