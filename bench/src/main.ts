import { parseArgs } from 'node:util';
import type { Benchmark, Figures } from './benchmark.js';
import { accumulate } from './benchmarks/accumulate.js';
import { aggregate } from './benchmarks/aggregate.js';
import { dataplane } from './benchmarks/dataplane.js';
import { idle } from './benchmarks/idle.js';
import { jobs } from './benchmarks/jobs.js';
import { logging } from './benchmarks/logging.js';
import { outOfCore } from './benchmarks/out-of-core.js';
import { rest } from './benchmarks/rest.js';

const benchmarks: readonly Benchmark[] = [
  accumulate,
  aggregate,
  outOfCore,
  rest,
  dataplane,
  idle,
  logging,
  jobs,
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean' },
    quick: { type: 'boolean' },
    'model-gb': { type: 'string' },
    workers: { type: 'string' },
    digest: { type: 'string' },
    plot: { type: 'string' },
  },
});
const { json, ...options } = values;
const names = positionals.length > 0 ? positionals : benchmarks.map(({ name }) => name);
try {
  const figures: Record<string, Figures> = {};
  for (const name of names) {
    const benchmark = benchmarks.find((candidate) => candidate.name === name);
    if (benchmark === undefined)
      throw new Error(
        `no benchmark '${name}'; there are: ${benchmarks.map((known) => known.name).join(', ')}`,
      );
    console.log(`${name}: ${benchmark.summary}`);
    figures[name] = await benchmark.run((line) => console.log(line), options);
  }
  // One benchmark prints its metrics; several print them by benchmark name.
  if (json === true) console.log(JSON.stringify(names.length === 1 ? figures[names[0] ?? ''] : figures));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
