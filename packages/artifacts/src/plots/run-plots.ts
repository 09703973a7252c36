import { renderPlot, type PlotSpec } from './render-plot.js';
import { thinOut, type Curve } from './thin-out.js';

export interface Curves {
  /** Training loss. */
  readonly train: Curve;
  /** Loss of the global model on evaluation data. */
  readonly evaluate: Curve;
  readonly score: Curve;
}

/** History of a run; all curves have the length of `rounds`. */
export interface RunHistory {
  readonly title: string;
  /** Name of the score: accuracy, R². */
  readonly scoreName: string;
  readonly rounds: readonly number[];
  readonly global: Curves;
  readonly local: Readonly<Record<string, Curves>>;
  /** Numbers of participants by outcome. */
  readonly participation: readonly { readonly updates: number; readonly dropped: number }[];
}

const MOST_POINTS = 5_000;
const MOST_POINTS_OF_A_CURVE = 1000;
/** Maximum number of participants drawn, the first ones by name. */
const MOST_PARTICIPANTS = 100;
/** Maximum number of names in a legend; a longer one is unreadable. */
const MOST_IN_LEGEND = 20;
const MOST_BARS = 500;
/** Above this number of points, curves are drawn without dots: they would overlap, and take half of the time. */
const MOST_DOTS = 100;
const SIZE = { width: 420, height: 260 } as const;

/** Draws a run's plots as SVG, by name: loss, score and participation. Plots without data are left out. */
export async function drawRun(run: RunHistory): Promise<Readonly<Record<string, string>>> {
  const { scoreName } = run;
  const plots = {
    loss: curves(run, 'loss', { 'training loss': 'train', 'evaluation loss': 'evaluate' }),
    score: curves(run, scoreName, { [scoreName]: 'score' }),
    participation: run.rounds.length === 0 ? undefined : participation(run),
  };
  const drawn: Record<string, string> = {};
  for (const [name, spec] of Object.entries(plots))
    if (spec !== undefined) drawn[name] = await renderPlot(spec);
  return drawn;
}

/** One panel for each kind of curve; undefined if all curves are empty. */
function curves(
  run: RunHistory,
  what: string,
  kinds: Readonly<Record<string, keyof Curves>>,
): PlotSpec | undefined {
  const participants = Object.keys(run.local).sort();
  const shown = participants.slice(0, MOST_PARTICIPANTS);
  const panels = Object.entries(kinds).flatMap(([title, kind]) => {
    const most = Math.min(MOST_POINTS_OF_A_CURVE, Math.floor(MOST_POINTS / (shown.length + 1)));
    const rows = (curve: Curve = [], participant?: string) =>
      thinOut(curve, most).map((index) => ({ round: run.rounds[index], value: curve[index], participant }));
    const global = rows(run.global[kind]);
    const local = shown.flatMap((name) => rows(run.local[name]?.[kind], name));
    return global.length + local.length === 0 ? [] : [panel(title, global, local, shown.length)];
  });
  if (panels.length === 0) return undefined;
  const of = shown.length < participants.length ? `${shown.length} of ${participants.length} ` : '';
  return {
    title: { text: `${run.title}: ${what}`, subtitle: `black: all together; thin: ${of}participants` },
    hconcat: panels,
  };
}

function panel(title: string, global: readonly object[], local: readonly object[], participants: number) {
  const point = global.length + local.length <= MOST_DOTS && { size: 18 };
  const encoding = {
    x: { field: 'round', type: 'quantitative', axis: { tickMinStep: 1, format: 'd' }, title: 'round' },
    y: { field: 'value', type: 'quantitative', scale: { zero: false }, title },
  } as const;
  const legend = participants <= MOST_IN_LEGEND ? {} : null;
  return {
    ...SIZE,
    encoding,
    layer: [
      {
        data: { values: local },
        mark: { type: 'line', strokeWidth: 1.2, opacity: 0.8, point },
        encoding: { color: { field: 'participant', type: 'nominal', legend } },
      },
      {
        data: { values: global },
        mark: {
          type: 'line',
          strokeWidth: 2.5,
          color: 'black',
          point: point && { ...point, color: 'black' },
        },
      },
    ],
  } satisfies Partial<PlotSpec>;
}

/** Stacked bars; in a long run, each bar is the mean of several rounds. */
function participation({ title, rounds, participation: all }: RunHistory): PlotSpec {
  const together = Math.ceil(rounds.length / MOST_BARS);
  const values = [];
  for (let start = 0; start < rounds.length; start += together) {
    const part = all.slice(start, start + together);
    const mean = (kind: 'updates' | 'dropped') =>
      part.reduce((sum, one) => sum + one[kind], 0) / Math.max(1, part.length);
    const span = { from: (rounds[start] ?? 0) - 0.5, to: (rounds[start] ?? 0) + together - 0.5 };
    values.push({ ...span, outcome: 'update received', low: 0, high: mean('updates') });
    values.push({
      ...span,
      outcome: 'dropped',
      low: mean('updates'),
      high: mean('updates') + mean('dropped'),
    });
  }
  return {
    title: {
      text: `${title}: participation`,
      ...(together > 1 ? { subtitle: `means of ${together} rounds` } : {}),
    },
    ...SIZE,
    data: { values },
    mark: { type: 'rect', ...(values.length < 200 ? { stroke: 'white' } : {}) },
    encoding: {
      x: {
        field: 'from',
        type: 'quantitative',
        scale: { zero: false, nice: false },
        axis: { tickMinStep: 1, format: 'd' },
        title: 'round',
      },
      x2: { field: 'to' },
      y: { field: 'low', type: 'quantitative', axis: { tickMinStep: 1 }, title: 'participants' },
      y2: { field: 'high' },
      color: {
        field: 'outcome',
        type: 'nominal',
        scale: { domain: ['update received', 'dropped'], range: ['#4c78a8', '#e45756'] },
        title: null,
      },
    },
  };
}
