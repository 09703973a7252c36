import type { Row } from './compare.js';

/** A Markdown table of milliseconds: a line a kernel, a column a contender. */
export function createTable(engines: readonly string[]) {
  const columns = engines
    .flatMap((name) => (name === 'simd' ? [name, 'simd, copied in'] : [name]))
    .concat('c', 'numpy');
  const titles = ['kernel', 'updates × values', ...columns];
  return {
    header: [cells(titles), cells(titles.map(() => '---'))],
    row(rows: readonly Row[]): string {
      const of = (contender: string) => rows.find((row) => row.contender === contender)?.ms;
      const numpy = of('numpy') ?? Number.NaN;
      const [first] = rows;
      return cells([
        first?.kernel ?? '',
        `${first?.count} × ${first?.size.toExponential().replace('e+', 'e')}`,
        ...columns.map((contender) => {
          const ms = of(contender);
          if (ms === undefined) return '';
          const speedup = contender === 'numpy' ? '' : ` (${precise(numpy / ms)}×)`;
          return `${precise(ms)}${speedup}`;
        }),
      ]);
    },
  };
}

const cells = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
/** Three digits. */
const precise = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2));
