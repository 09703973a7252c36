import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';

export interface ClusterDemoOptions {
  readonly trials: number;
  readonly rounds: number;
  readonly dataDir: string;
  readonly json: boolean;
}

export function parseOptions(argv: readonly string[]): ClusterDemoOptions {
  const command = new Command('npm run demo:cluster --')
    .description(
      'Starts RabbitMQ, a director and two TTPs with three workers each, and searches for a learning rate on the penguins; then again with one TTP.',
    )
    .option('--trials <number>', 'trials of the optimization', wholeNumber, 8)
    .option('--rounds <number>', 'federated rounds of each', wholeNumber, 20)
    .option('--data-dir <path>', 'where data, models and records go (default: a new temporary folder)')
    .option('--json', 'print one JSON object as the last line', false)
    .addHelpText(
      'after',
      '\nExamples:\n  npm run demo:cluster\n  npm run demo:cluster -- --trials 4 --rounds 10',
    );
  command.parse([...argv], { from: 'user' });
  const options = command.opts<ClusterDemoOptions & { dataDir?: string }>();
  return { ...options, dataDir: options.dataDir ?? mkdtempSync(join(tmpdir(), 'synergos-demo-cluster-')) };
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('expected a whole number from 1.');
  return value;
}
