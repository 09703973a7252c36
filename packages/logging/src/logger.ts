import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { isColorSupported, prettyFactory } from 'pino-pretty';
import { censorLine, redaction } from './secrets.js';

export interface LoggerOptions {
  /** Name of this process in every record, `--id`. */
  readonly node: string;
  /** What the process is: ttp, worker. */
  readonly role: string;
  readonly level?: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Default: standard output. */
  readonly stream?: DestinationStream;
  /** For people; default: whether standard output is a terminal. Otherwise one JSON object a line. */
  readonly pretty?: boolean;
}

export type Logger = PinoLogger;

/** A logger that never writes what lies under the name of a secret, nor a bearer token wherever it stands. */
export function createLogger(options: LoggerOptions): Logger {
  const {
    node,
    role,
    level = 'info',
    stream,
    pretty = stream === undefined && process.stdout.isTTY,
  } = options;
  const sink = stream ?? pino.destination({ dest: 1, sync: true });
  return pino(
    {
      level,
      base: { node, role },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
      serializers: { err: pino.stdSerializers.err, error: pino.stdSerializers.err },
      redact: redaction,
      hooks: { streamWrite: censorLine },
    },
    pretty ? forPeople(sink, stream === undefined && isColorSupported) : sink,
  );
}

/** The logger of one part of a process. */
export function componentLogger(logger: Logger, component: string): Logger {
  return logger.child({ component });
}

/** Writes at once: the last line of a process that dies is not lost. */
function forPeople(sink: DestinationStream, colorize: boolean): DestinationStream {
  const format = prettyFactory({
    colorize,
    ignore: 'node,role,component',
    messageFormat: (record, key) =>
      `${record['component'] ? `${String(record['component'])}: ` : ''}${String(record[key])}`,
    translateTime: 'SYS:HH:MM:ss',
  });
  return { write: (line) => sink.write(format(line)) };
}
