import { expect, it } from 'vitest';
import { predictionsCsv } from './predictions-csv.js';

const classify = (labels: readonly number[], scores: readonly number[]) => ({
  action: 'classify' as const,
  classes: 2,
  scores: Float32Array.from(scores),
  labels: Uint32Array.from(labels),
});

it.each([
  ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
  ['+cmd', "'+cmd"],
  ['-2+3', "'-2+3"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\tx', "'\tx"],
  ['-1', '-1'],
  ['ill', 'ill'],
])('writes the label %j as %j: quotes text that begins a formula, not a number', (label, cell) => {
  const csv = predictionsCsv(classify([0], [0.5, -0.5]), [{ name: '=a/data.csv', rows: 1 }], [label, 'well']);
  const [, row] = csv.split('\n');
  expect(row).toBe(`'=a/data.csv,1,${cell},0.5,-0.5`);
});

it('writes predicted numbers as numbers', () => {
  const csv = predictionsCsv(
    { action: 'regress', values: Float32Array.of(-1.5) },
    [{ name: 'a', rows: 1 }],
    [],
  );
  expect(csv).toBe('file,row,prediction\na,1,-1.5\n');
});
