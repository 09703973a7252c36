import { stringify } from 'csv-stringify/sync';
import type { Trial, TrialFields } from '@synergos/scaling';

const COLUMNS = ['rank', 'run_id', 'state', 'rounds_done'] as const;

/** Formats trials as CSV (RFC 4180), the best first: state, metric, and a column for each hyperparameter. */
export function trialTable(trials: readonly Trial[], fields: readonly TrialFields[], metric: string): string {
  const names = [...new Set(trials.flatMap(({ point }) => Object.keys(point)))];
  const rows = trials.map(({ run_id, point }, at) => ({ run_id, point, ...fields[at]! }));
  rows.sort((a, b) => (a.rank ?? Infinity) - (b.rank ?? Infinity) || a.number - b.number);
  const lines = rows.map((row) => [
    ...[row.rank, row.run_id, row.state, row.rounds, row.value],
    ...names.map((name) => row.point[name]),
  ]);
  return stringify([[...COLUMNS, metric, ...names], ...lines.map((line) => line.map(cell))], {
    record_delimiter: 'windows',
    quoted_match: /[\r\n]/,
  });
}

function cell(value: unknown): string {
  return typeof value === 'string' ? value : value == null ? '' : JSON.stringify(value);
}
