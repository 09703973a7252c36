import { stringify } from 'csv-stringify/sync';
import type { TableSource } from '../pipelines/tabular/table.js';
import type { Inference } from './score.js';

/** One line a row: its file and its number there (from 1), the prediction, and of a classification each class's score. */
export function predictionsCsv(
  inference: Inference,
  sources: readonly TableSource[],
  classes: readonly string[],
): string {
  const ids = sources.flatMap(({ name, rows }) => Array.from({ length: rows }, (_, row) => [name, row + 1]));
  const scored = inference.action === 'classify' ? classes.map((label) => `score_${label}`) : [];
  const cells = ids.map((id, row) => {
    if (inference.action === 'regress') return [...id, inference.values[row]];
    const scores = inference.scores.subarray(row * inference.classes, (row + 1) * inference.classes);
    return [...id, classes[inference.labels[row] ?? -1], ...scores];
  });
  return stringify([['file', 'row', 'prediction', ...scored], ...cells]);
}
