import Table from 'cli-table3';
import colors from 'picocolors';
import type { JobEvent } from '@synergos/driver';
import type { Score } from './federation.js';
import { islands, type Island } from './penguins.js';

interface Metric {
  readonly round: number;
  readonly loss: number;
  readonly score: number;
  readonly participants: Readonly<Record<string, { readonly loss: number; readonly score: number }>>;
}

const LINES_WITHOUT_TERMINAL = 10;

/** One line that is overwritten on a terminal; elsewhere, a line at intervals. */
export function showProgress(rounds: number): (event: JobEvent) => void {
  const every = Math.max(1, Math.round(rounds / LINES_WITHOUT_TERMINAL));
  return (event) => {
    if (event.type !== 'metric') return;
    const { round, loss, score, participants } = event as unknown as Metric;
    const each = islands.map((island) => `${island} ${percent(participants[island]?.score)}`).join('  ');
    const line = `  round ${String(round).padStart(3)}/${rounds}  loss ${loss.toFixed(4)}  accuracy ${colors.bold(percent(score))}  ${colors.dim(each)}`;
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}${round === rounds ? '\n' : ''}`);
    else if (round % every === 0 || round === 1) console.log(line);
  };
}

export function showResult(
  federated: Score,
  alone: Readonly<Record<Island, Score>>,
  trained: Readonly<Record<Island, number>>,
): void {
  const table = new Table({
    head: ['trained by', 'on', 'accuracy', 'loss'].map(colors.bold),
    colAligns: ['left', 'right', 'right', 'right'],
    style: { head: [], border: colors.isColorSupported ? ['grey'] : [], compact: true },
  });
  for (const island of islands)
    table.push([
      `${island} alone`,
      `${trained[island]} penguins`,
      percent(alone[island].accuracy),
      alone[island].loss.toFixed(4),
    ]);
  const all = islands.reduce((sum, island) => sum + trained[island], 0);
  const row = [
    'all three, federated',
    `${all} penguins`,
    percent(federated.accuracy),
    federated.loss.toFixed(4),
  ];
  table.push(row.map((cell) => colors.green(colors.bold(cell))));
  console.log(`\nOn the test penguins of all islands:\n${table.toString()}`);
}

export function percent(share: number | undefined): string {
  return share === undefined ? '–' : `${(100 * share).toFixed(1)}%`.padStart(6);
}
