import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { lineCensor } from './censor/censor.js';
import type { Identities } from './censor/identities.js';
import { currentLogContext, type LogContext } from './context.js';
import { callerLocation } from './location.js';
import { forPeople } from './pretty.js';
import { isoTime } from './timestamp.js';

export interface LoggerOptions {
  /** Name of this process in every record, `--id`. */
  readonly node: string;
  /** What the process is: director, ttp, worker, sysmetrics. */
  readonly role: string;
  readonly level?: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Default: standard output. */
  readonly stream?: DestinationStream;
  /** For people; default: whether standard output is a terminal. Otherwise one JSON object a line. */
  readonly pretty?: boolean;
  /** Gets each record too, as a line of JSON, whatever the other stream gets. */
  readonly copy?: DestinationStream;
  /** Takes these out of every record; secrets are taken out always. */
  readonly identities?: Identities | undefined;
  /** Adds the position in the code to every record. */
  readonly location?: boolean;
}

export type Logger = PinoLogger;

/** A logger that never writes a secret; its records carry the ids of the `withLogContext` that it is called in. */
export function createLogger(options: LoggerOptions): Logger {
  const { node, role, level = 'info', identities, location = false } = options;
  return pino(
    {
      level,
      base: { node, role },
      timestamp: isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
      serializers: { err: pino.stdSerializers.err, error: pino.stdSerializers.err },
      mixin: location ? () => ({ ...currentLogContext(), location: callerLocation() }) : contextOrNone,
      mixinMergeStrategy: (fields, context) => (context === NONE ? fields : { ...context, ...fields }),
      hooks: { streamWrite: lineCensor(identities) },
    },
    sinkOf(options),
  );
}

/** The logger of one part of a process. */
export function componentLogger(logger: Logger, component: string): Logger {
  return logger.child({ component });
}

const NONE: LogContext = {};
const contextOrNone = (): LogContext => currentLogContext() ?? NONE;

function sinkOf({
  stream,
  copy,
  pretty = stream === undefined && process.stdout.isTTY,
}: LoggerOptions): DestinationStream {
  const sink = stream ?? pino.destination({ dest: 1, sync: true });
  const shown = pretty ? forPeople(sink, { mayColour: stream === undefined }) : sink;
  if (copy === undefined) return shown;
  return {
    write: (line) => {
      shown.write(line);
      copy.write(line);
    },
  };
}
