import { stringify } from 'csv-stringify/sync';
import type { TableSource } from '../pipelines/tabular/table.js';
import type { Inference } from './score.js';

/**
 * One line a row: its file and its number there (from 1), the prediction, and of a classification each class's score.
 * A text that a spreadsheet would run as a formula (`=`, `+`, `-`, `@` first) gets a leading `'`; numbers stay as they are.
 */
export function predictionsCsv(
  inference: Inference,
  sources: readonly TableSource[],
  classes: readonly string[],
): string {
  const ids = sources.flatMap(({ name, rows }) => Array.from({ length: rows }, (_, row) => [name, row + 1]));
  const scored = inference.action === 'classify' ? classes.map((label) => `score_${label}`) : [];
  const predicted = classes.map(numberOrText);
  const cells = ids.map((id, row) => {
    if (inference.action === 'regress') return [...id, inference.values[row]];
    const scores = inference.scores.subarray(row * inference.classes, (row + 1) * inference.classes);
    return [...id, predicted[inference.labels[row] ?? -1], ...scores];
  });
  return stringify([['file', 'row', 'prediction', ...scored], ...cells], { escape_formulas: true });
}

/** A label that is a number, such as '-1', is no formula. */
function numberOrText(label: string): number | string {
  const value = Number(label);
  return Number.isFinite(value) && String(value) === label ? value : label;
}
