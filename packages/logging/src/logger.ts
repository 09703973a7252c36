import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { PinoPretty } from 'pino-pretty';

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

const SECRETS = ['token', 'password', 'secret', 'authorization', 'cookie'];
const DEPTH = 4;

/** A logger that never writes what lies under the name of a secret. */
export function createLogger(options: LoggerOptions): Logger {
  const { node, role, level = 'info', stream, pretty = stream === undefined && process.stdout.isTTY } = options;
  const settings = {
    level,
    base: { node, role },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretPaths(), censor: '[secret]' },
  };
  if (!pretty) return stream === undefined ? pino(settings) : pino(settings, stream);
  const text = PinoPretty({
    ignore: 'node,role,pid,hostname,component',
    messageFormat: (record, key) => `${record.component ? `${String(record.component)}: ` : ''}${String(record[key])}`,
    translateTime: 'SYS:HH:MM:ss',
    sync: true,
    ...(stream === undefined ? {} : { destination: stream as unknown as NodeJS.WritableStream }),
  });
  return pino(settings, text);
}

/** The logger of one part of a process. */
export function componentLogger(logger: Logger, component: string): Logger {
  return logger.child({ component });
}

function secretPaths(): string[] {
  return Array.from({ length: DEPTH }, (_, depth) => '*.'.repeat(depth)).flatMap((prefix) =>
    SECRETS.map((name) => `${prefix}${name}`),
  );
}
