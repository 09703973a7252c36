import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';

export interface DemoOptions {
  readonly algorithm: string;
  readonly rounds: number;
  readonly seed: number;
  readonly dataDir: string;
  readonly json: boolean;
}

export function parseOptions(argv: readonly string[]): DemoOptions {
  const command = new Command('npm run demo --')
    .description('Starts a TTP and three workers, and trains one model on the penguins of three islands.')
    .option('--algorithm <name>', 'federated algorithm', 'FedAvg')
    .option('--rounds <number>', 'federated rounds', wholeNumber(1), 60)
    .option('--seed <number>', 'same seed, same model file', wholeNumber(0), 42)
    .option('--data-dir <path>', 'where data, models and records go (default: a new temporary folder)')
    .option('--json', 'print one JSON object as the last line', false)
    .addHelpText(
      'after',
      '\nExamples:\n  npm run demo\n  npm run demo -- --algorithm FedProx --rounds 30 --data-dir ./synergos-demo',
    );
  command.parse([...argv], { from: 'user' });
  const options = command.opts<DemoOptions & { dataDir?: string }>();
  return { ...options, dataDir: options.dataDir ?? mkdtempSync(join(tmpdir(), 'synergos-demo-')) };
}

function wholeNumber(least: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least)
      throw new InvalidArgumentError(`expected a whole number from ${least}.`);
    return value;
  };
}
