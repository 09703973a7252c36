import { mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  componentLogger,
  createLogger,
  Identities,
  startLogging,
  withLogContext,
  type Logger,
} from '@synergos/logging';
import { pino, type DestinationStream } from 'pino';
import type { Benchmark } from '../benchmark.js';
import { startGelfSink } from '../logging/gelf-sink.js';
import { summarise, time, type Timings } from '../timing.js';

const RECORDS = 20_000;
const WARM_UP = 2;
const PASSES = 15;
const OF = { node: 'ttp/bench', role: 'ttp' } as const;
const IDS = { collab: 'c', project: 'p', expt: 'e', run: 'r', job: '2ba5d769-9691-489a-82fb-73ad23284373' };

/** Compares loggers with default pino. Each writes the same records to its own file, synchronously, like an app to stdout. */
export const logging: Benchmark = {
  name: 'logging',
  summary: `${RECORDS} records to a file: pino as it comes, and loggers of @synergos/logging`,
  async run(print) {
    const directory = mkdtempSync(join(tmpdir(), 'synergos-bench-'));
    await using sink = await startGelfSink();
    const graylog = startLogging({
      ...OF,
      role: 'ttp',
      stream: file('graylog'),
      graylog: { host: '127.0.0.1', port: sink.port, protocol: 'tcp' },
    });
    function file(name: string): DestinationStream {
      return pino.destination({ dest: join(directory, name), sync: true });
    }
    const identities = new Identities();
    const loggers = {
      pino: pino({ base: OF }, file('pino')).child({ component: 'orchestration' }),
      basic: componentLogger(createLogger({ ...OF, stream: file('basic') }), 'orchestration'),
      graylog: componentLogger(graylog.logger, 'orchestration'),
      censored: componentLogger(
        createLogger({ ...OF, stream: file('censored'), identities }),
        'orchestration',
      ),
    };
    const contenders = {
      pino: () => write(loggers.pino),
      basic: () => write(loggers.basic),
      graylog: () => write(loggers.graylog),
      censored: () => write(loggers.censored),
      'pino-ids': () => write(loggers.pino, IDS),
      'basic-ids': () => withLogContext(IDS, () => write(loggers.basic)),
    };
    type Name = keyof typeof contenders;
    const names = Object.keys(contenders) as Name[];
    const passes = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
    try {
      // Interleaved, so that whatever else the machine does falls on all of them alike.
      for (let pass = 0; pass < WARM_UP + PASSES; pass++)
        for (const name of names) {
          const milliseconds = time(contenders[name]);
          if (pass >= WARM_UP) passes[name].push(milliseconds);
          const written = join(directory, name.replace('-ids', ''));
          if (statSync(written).size < RECORDS * 100) throw new Error(`${name} did not write its records`);
          truncateSync(written);
          // Records for the server are sent between the passes.
          if (name === 'graylog') await sink.settled();
        }
      const figures = Object.fromEntries(names.map((name) => [name, summarise(passes[name])])) as Record<
        Name,
        Timings
      >;
      print(`${PASSES} interleaved passes; a write to the file for each record`);
      for (const name of names) {
        const { best, median } = figures[name];
        const of = figures[name.endsWith('-ids') ? 'pino-ids' : 'pino'];
        print(
          `${LABELS[name].padEnd(36)}${String(Math.round(RECORDS / (median / 1000))).padStart(8)}/s   of pino: ${(of.median / median).toFixed(2)}, by best passes ${(of.best / best).toFixed(2)}`,
        );
      }
      const ratio = (name: Name, of: Name = 'pino') =>
        Math.round((figures[of].median / figures[name].median) * 1000) / 1000;
      return {
        vs_pino: ratio('basic'),
        graylog_vs_pino: ratio('graylog'),
        censored_vs_pino: ratio('censored'),
        ids_vs_pino: ratio('basic-ids', 'pino-ids'),
      };
    } finally {
      await graylog.close();
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

const LABELS = {
  pino: 'pino',
  basic: 'basic',
  graylog: 'graylog, the part of this process',
  censored: 'basic, censored',
  'pino-ids': "pino, a job's ids in each call",
  'basic-ids': 'basic, ids by context',
};

function write(logger: Pick<Logger, 'info'>, ids: object = {}): void {
  for (let round = 0; round < RECORDS; round++)
    logger.info({ ...ids, round, participant: 'hospital-1', samples: 135, loss: 0.25 }, 'update received');
}
