import { BroadcastChannel } from 'node:worker_threads';
import type { DestinationStream } from 'pino';
import { Identities, type IdentitiesSettings } from './censor/identities.js';
import type { GelfTarget } from './gelf/protocol.js';
import { Shipper } from './gelf/shipper.js';
import { componentLogger, createLogger, type Logger } from './logger.js';

export interface GraylogOptions extends GelfTarget {
  /** Input for system metrics; default: the same port. */
  readonly sysmetricsPort?: number | undefined;
  /** Most that waits while the server is away; default 8 MiB. */
  readonly bufferBytes?: number | undefined;
}

export interface LoggingOptions {
  /** Name of this process in every record, `--id`. */
  readonly node: string;
  /** What the process is. */
  readonly role: 'director' | 'ttp' | 'worker';
  /** Debug records too, and in all of them where in the code they were written. */
  readonly debug?: boolean;
  /** Records go there too. */
  readonly graylog?: GraylogOptions | undefined;
  /** Takes participants, hosts, ports and paths out of all records. */
  readonly identities?: Identities | undefined;
  /** Default: standard output, for people where it is a terminal. */
  readonly stream?: DestinationStream;
  readonly pretty?: boolean;
}

/** What the logger of another thread needs: goes into its `workerData`. */
export interface ThreadLogging {
  readonly node: string;
  readonly role: string;
  readonly debug: boolean;
  /** A thread does not see the terminal. */
  readonly pretty: boolean;
  readonly identities: IdentitiesSettings | undefined;
  /** Where the main thread takes records for Graylog. */
  readonly channel: string | undefined;
}

/** The logs of a process. */
export interface Logging {
  readonly logger: Logger;
  /** Writes system metrics: to Graylog, and with `debug` to standard output. */
  readonly sysmetrics: Logger;
  readonly identities: Identities | undefined;
  /** For `threadLogger` in another thread of this process. */
  forThread(): ThreadLogging;
  close(): Promise<void>;
}

const REPORT_MS = 5000;
const SILENT: DestinationStream = { write: () => undefined };

/** Starts the logs of a process, in its main thread. */
export function startLogging(options: LoggingOptions): Logging {
  const { node, role, debug = false, graylog, identities, stream } = options;
  const pretty = options.pretty ?? (stream === undefined && process.stdout.isTTY);
  const common = { node, role, pretty, identities, ...levelOf(debug), ...(stream && { stream }) };
  if (graylog === undefined) {
    const logger = createLogger(common);
    const sysmetrics = debug ? createLogger({ ...common, role: 'sysmetrics' }) : silent(node);
    return {
      logger,
      sysmetrics,
      identities,
      forThread: () => thread(undefined),
      close: async () => undefined,
    };
  }

  const shippers: Shipper[] = [];
  const ship = (port: number) => {
    const at = { ...graylog, port };
    const shipper = new Shipper({ ...at, onState: (up, reason) => told(at, up, reason) });
    shippers.push(shipper);
    return shipper;
  };
  const main = ship(graylog.port);
  const { sysmetricsPort = graylog.port } = graylog;
  const metrics = sysmetricsPort === graylog.port ? main : ship(sysmetricsPort);
  const logger = createLogger({ ...common, copy: main });
  const sysmetrics = createLogger({
    ...common,
    role: 'sysmetrics',
    copy: metrics,
    ...(debug ? {} : { stream: SILENT, pretty: false }),
  });
  const own = componentLogger(logger, 'logging');

  const channel = new BroadcastChannel(`synergos-log-${node}-${graylog.host}-${graylog.port}`);
  channel.onmessage = ({ data }) => main.write(String(data));
  channel.unref();

  const reported = new Map<Shipper, number>();
  const report = () => {
    for (const shipper of shippers) {
      const { lost, unsure, written } = shipper.counts;
      const before = reported.get(shipper) ?? 0;
      if (lost + unsure === before) continue;
      reported.set(shipper, lost + unsure);
      own.warn({ lost, unsure, written }, 'log records were lost on their way to Graylog');
    }
  };
  const timer = setInterval(report, REPORT_MS);
  timer.unref();

  function told({ host, port, protocol }: GelfTarget, up: boolean, reason?: string): void {
    const fields = { host, port, protocol };
    if (up) own.info(fields, 'log records go to Graylog');
    else own.warn({ ...fields, reason }, 'Graylog cannot be reached; going on, and trying again');
    if (up) report();
  }

  function thread(name: string | undefined): ThreadLogging {
    return { node, role, debug, pretty, identities: identities?.settings(), channel: name };
  }

  return {
    logger,
    sysmetrics,
    identities,
    forThread: () => thread(channel.name),
    close: async () => {
      clearInterval(timer);
      channel.close();
      await Promise.all(shippers.map((shipper) => shipper.close()));
      report();
    },
  };
}

/** The logger of another thread of a process that called `startLogging`; censors by what was known when the thread began, and what it sees itself. */
export function threadLogger({ node, role, debug, pretty, identities, channel: name }: ThreadLogging): {
  readonly logger: Logger;
  readonly identities: Identities | undefined;
} {
  const known = identities && new Identities(identities);
  const channel = name === undefined ? undefined : new BroadcastChannel(name);
  channel?.unref();
  const copy = channel && { write: (line: string) => channel.postMessage(line) };
  const logger = createLogger({
    node,
    role,
    pretty,
    identities: known,
    ...levelOf(debug),
    ...(copy && { copy }),
  });
  return { logger, identities: known };
}

function levelOf(debug: boolean): { readonly level: 'debug' | 'info'; readonly location: boolean } {
  return { level: debug ? 'debug' : 'info', location: debug };
}

function silent(node: string): Logger {
  return createLogger({ node, role: 'sysmetrics', level: 'silent', stream: SILENT });
}
