import { InvalidArgumentError, type Command, type OptionValues } from 'commander';
import { appOption, portNumber, repeatable } from './options.js';

/** Logging options of every app. */
export interface LoggingChoices {
  /** Graylog server that receives the records as well. */
  readonly graylog:
    | {
        readonly host: string;
        readonly port: number;
        readonly sysmetricsPort: number | undefined;
        readonly protocol: 'tcp' | 'udp';
      }
    | undefined;
  /** Interval between two measurements of the system, in seconds. */
  readonly loggingResolution: number;
  readonly censored: boolean;
  /** Texts to censor in addition to participants, hosts, ports and paths. */
  readonly censor: readonly string[];
  readonly debug: boolean;
}

export const loggingExample = '--logging_variant graylog graylog.example.org 12201 --censored';

/** Adds the logging options to a command. */
export function addLoggingOptions(command: Command): Command {
  return command
    .addOption(
      appOption(
        '-l, --logging-variant <variant...>',
        'basic: standard output; graylog HOST PORT: Graylog as well',
      ).default(['basic'], 'basic'),
    )
    .addOption(
      appOption('--graylog-protocol <name>', "protocol of Graylog's GELF input")
        .choices(['tcp', 'udp'])
        .default('tcp'),
    )
    .addOption(
      appOption(
        '--sysmetrics-port <number>',
        "port of Graylog's input for system metrics (default: the port of all records)",
      ).argParser(portNumber),
    )
    .addOption(
      appOption('-r, --logging-resolution <seconds>', 'seconds between two measurements of the system')
        .argParser(seconds)
        .default(5),
    )
    .addOption(
      appOption(
        '-c, --censored',
        'remove participants, hosts, ports and paths from all records; secrets are always removed',
      ).default(false),
    )
    .addOption(
      appOption('--censor <text>', 'remove this text as well; repeatable, implies --censored')
        .argParser(repeatable)
        .default([], 'nothing'),
    )
    .addOption(appOption('-d, --debug', 'log debug messages, with their place in the code').default(false));
}

/** Checks the parsed logging options and returns them in their final form. */
export function readLoggingOptions(command: Command, options: OptionValues): OptionValues & LoggingChoices {
  const { loggingVariant, graylogProtocol, sysmetricsPort, censored, censor, ...rest } =
    options as OptionValues & {
      readonly loggingVariant: readonly string[];
      readonly graylogProtocol: 'tcp' | 'udp';
      readonly sysmetricsPort: number | undefined;
      readonly censored: boolean;
      readonly censor: readonly string[];
    };
  // An environment variable holds all of it in one text.
  const [variant = '', host, port, ...more] = loggingVariant.flatMap((text) => text.trim().split(/\s+/));
  const refuse = (why: string): never => command.error(`error: option '-l, --logging-variant': ${why}`);
  const graylog = () => {
    if (variant === 'basic' && host === undefined) return undefined;
    if (variant === 'basic') return refuse(`'basic' takes nothing more, got '${host}'`);
    if (variant !== 'graylog')
      return refuse(`there is no variant '${variant}'; it is basic, or graylog HOST PORT`);
    if (host === undefined || port === undefined || more.length > 0)
      return refuse(
        `expected graylog HOST PORT, such as graylog 127.0.0.1 12201, got '${loggingVariant.join(' ')}'`,
      );
    return { host, port: gelfPort(port, refuse), sysmetricsPort, protocol: graylogProtocol };
  };
  return { ...rest, graylog: graylog(), censored: censored || censor.length > 0, censor } as OptionValues &
    LoggingChoices;
}

function gelfPort(text: string, refuse: (why: string) => never): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    return refuse(`the port of Graylog is a whole number from 1 to 65535, got '${text}'`);
  return port;
}

/** At least one second, because a measurement takes part of a second. */
function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value < 1 || value > 86_400)
    throw new InvalidArgumentError('expected seconds, from 1 to 86400.');
  return value;
}
