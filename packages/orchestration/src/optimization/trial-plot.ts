import type { PlotSpec } from '@synergos/artifacts';
import { compareValues, type OptimizeJob, type Trial, type TrialFields } from '@synergos/scaling';

/** Number of hyperparameters drawn; further ones are left out. */
const MOST_PANELS = 12;
const SIZE = { width: 260, height: 180 } as const;

interface Row {
  readonly trial: number;
  readonly value: number;
  readonly state: string;
  readonly best: number;
  readonly point: Trial['point'];
}

/**
 * Plots the trials' values in the order of their start, with the best so far, and over each searched hyperparameter.
 * Undefined if no trial has a value.
 */
export function trialPlot(
  trials: readonly Trial[],
  fields: readonly TrialFields[],
  plan: Pick<OptimizeJob, 'metric' | 'mode' | 'search_space' | 'expt_id'>,
): PlotSpec | undefined {
  const rows = rowsOf(trials, fields, plan.mode);
  if (rows.length === 0) return undefined;
  const searched = Object.keys(plan.search_space).filter((name) => distinct(rows, name) > 1);
  const value = { field: 'value', type: 'quantitative', scale: { zero: false }, title: plan.metric } as const;
  const color = { field: 'state', type: 'nominal', title: null } as const;
  const x = { field: 'trial', type: 'quantitative', axis: { tickMinStep: 1, format: 'd' } } as const;
  return {
    title: {
      text: `${plan.expt_id}: ${plan.metric} of ${rows.length} trials`,
      subtitle: 'line: best so far',
    },
    data: { values: rows.map(({ point, ...row }) => ({ ...row, ...flat(point) })) },
    columns: 3,
    concat: [
      {
        ...SIZE,
        layer: [
          {
            mark: { type: 'line', interpolate: 'step-after', color: 'black' },
            encoding: { x, y: { ...value, field: 'best' } },
          },
          { mark: { type: 'point', filled: true }, encoding: { x, y: value, color } },
        ],
      },
      ...searched.slice(0, MOST_PANELS).map((name) => ({
        ...SIZE,
        mark: { type: 'point', filled: true } as const,
        encoding: { x: axisOf(name, rows, plan.search_space[name]?._type ?? ''), y: value, color },
      })),
    ],
  };
}

function rowsOf(
  trials: readonly Trial[],
  fields: readonly TrialFields[],
  mode: OptimizeJob['mode'],
): readonly Row[] {
  let best: number | null = null;
  return trials.flatMap(({ number, point, state }, at) => {
    const value = fields[at]?.value ?? null;
    if (value === null) return [];
    if (compareValues(mode, value, best) < 0) best = value;
    return { trial: number, value, state, best: best ?? value, point };
  });
}

/** Numbers by value, on a logarithmic scale if they were drawn on one; all else by name. */
function axisOf(name: string, rows: readonly Row[], type: string) {
  const common = { field: fieldOf(name), title: name };
  if (!rows.every(({ point }) => typeof point[name] === 'number'))
    return { ...common, type: 'nominal' } as const;
  const scale = type.includes('log') ? ({ type: 'log' } as const) : { zero: false };
  return { ...common, type: 'quantitative', scale } as const;
}

function flat(point: Trial['point']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(point).map(([name, value]) => [
      fieldOf(name),
      typeof value === 'number' || typeof value === 'string' ? value : (JSON.stringify(value) ?? ''),
    ]),
  );
}

/** Escapes dots and brackets, which have a meaning in Vega field names. */
function fieldOf(name: string): string {
  return `argument_${name.replaceAll(/\W/g, '_')}`;
}

function distinct(rows: readonly Row[], name: string): number {
  return new Set(rows.map(({ point }) => JSON.stringify(point[name]))).size;
}
