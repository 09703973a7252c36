import type { Row } from './compare.js';
import { kernelNames, type KernelName } from './kernels.js';

const WIDTH = 460;
const HEIGHT = 320;
const LEFT = 56;
const BOTTOM = 44;
const TOP = 34;
const COLORS = ['#1f77b4', '#d62728', '#2ca02c', '#9467bd', '#8c564b', '#e377c2', '#ff7f0e'];

interface Panel {
  readonly title: string;
  readonly axis: string;
  readonly rows: readonly Row[];
  readonly x: (row: Row) => number;
}

/** An SVG: how many times as fast as numpy the engine `simd` is, by size and by number of updates. */
export function plotSpeedups(rows: readonly Row[]): string {
  const panels: readonly Panel[] = [
    {
      title: '10 updates',
      axis: 'values of an update',
      rows: rows.filter(({ count }) => count === 10),
      x: ({ size }) => size,
    },
    {
      title: 'updates of 1e6 values',
      axis: 'number of updates',
      rows: rows.filter(({ size }) => size === 1e6),
      x: ({ count }) => count,
    },
  ];
  const drawn = panels.map((panel, at) => `<g transform="translate(${at * WIDTH} 0)">${draw(panel)}</g>`);
  const legend = kernelNames.map((name, at) =>
    text(LEFT + at * 120, HEIGHT + 16, name, `fill="${color(name)}" font-weight="bold"`),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH * panels.length} ${HEIGHT + 30}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    ...drawn,
    ...legend,
    '</svg>\n',
  ].join('\n');
}

function draw({ title, axis, rows, x }: Panel): string {
  const points = kernelNames.map((kernel) => ({ kernel, at: speedups(rows, kernel, x) }));
  const all = points.flatMap(({ at }) => at);
  if (all.length === 0) return '';
  const xScale = logScale(
    all.map(([value]) => value),
    LEFT,
    WIDTH - 16,
  );
  const yScale = logScale([1, ...all.map(([, value]) => value)], HEIGHT - BOTTOM, TOP);
  const ticks = [1, 3, 10, 30, 100, 300, 1000].filter((tick) => tick <= Math.max(...all.map(([, y]) => y)));
  const xs = [...new Set(all.map(([value]) => value))];
  return [
    text(LEFT, 18, `times as fast as numpy: ${title}`, 'font-weight="bold"'),
    ...ticks.map(
      (tick) =>
        `<line x1="${LEFT}" x2="${WIDTH - 16}" y1="${yScale(tick)}" y2="${yScale(tick)}" stroke="#ddd"/>` +
        text(LEFT - 8, yScale(tick) + 4, `${tick}×`, 'text-anchor="end"'),
    ),
    ...xs.map((value) =>
      text(
        xScale(value),
        HEIGHT - BOTTOM + 16,
        value >= 1e4 ? value.toExponential(0).replace('+', '') : `${value}`,
        'text-anchor="middle"',
      ),
    ),
    text((LEFT + WIDTH) / 2, HEIGHT - 8, axis, 'text-anchor="middle"'),
    ...points.map(
      ({ kernel, at }) =>
        `<polyline fill="none" stroke="${color(kernel)}" stroke-width="2" points="${at
          .map(([value, speedup]) => `${xScale(value).toFixed(1)},${yScale(speedup).toFixed(1)}`)
          .join(' ')}"/>`,
    ),
  ].join('\n');
}

function speedups(rows: readonly Row[], kernel: KernelName, x: (row: Row) => number): [number, number][] {
  const of = (contender: string) =>
    rows.filter((row) => row.kernel === kernel && row.contender === contender);
  return of('simd')
    .flatMap((row): [number, number][] => {
      const peer = of('numpy').find(({ count, size }) => count === row.count && size === row.size);
      return peer === undefined ? [] : [[x(row), peer.ms / row.ms]];
    })
    .toSorted(([a], [b]) => a - b);
}

function logScale(values: readonly number[], from: number, to: number): (value: number) => number {
  const low = Math.log(Math.min(...values));
  const high = Math.log(Math.max(...values));
  return (value) => from + ((Math.log(value) - low) / (high - low || 1)) * (to - from);
}

const color = (kernel: KernelName) => COLORS[kernelNames.indexOf(kernel)]!;
const text = (x: number, y: number, content: string, attributes: string) =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${content}</text>`;
