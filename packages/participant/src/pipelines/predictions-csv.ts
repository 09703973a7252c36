import { stringify } from 'csv-stringify/sync';
import type { Inference } from '../metrics/inference.js';
import type { SampleSource } from './pipeline.js';

/**
 * Encodes one line per sample: its file, its number there (from 1), the prediction and, for a classification, the score of
 * each class. A text that a spreadsheet would run as a formula (`=`, `+`, `-` or `@` first) gets a leading `'`; numbers do
 * not.
 */
export function predictionsCsv(
  inference: Inference,
  sources: readonly SampleSource[],
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
