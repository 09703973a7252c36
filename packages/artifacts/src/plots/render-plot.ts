import type { TopLevelSpec } from 'vega-lite';

/** A plot as Vega-Lite describes it (https://vega.github.io/vega-lite/docs/), its data inline. */
export type PlotSpec = TopLevelSpec;

/** Draws a plot as SVG text. The libraries are loaded when the first plot is drawn; they need no DOM and no canvas. */
export async function renderPlot(spec: PlotSpec): Promise<string> {
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const view = new vega.View(vega.parse(compile(spec, { config }).spec), { renderer: 'none' });
  try {
    await view.runAsync();
    // Ids within an SVG are counted from 0 again, so that the same plot is the same text.
    vega.resetSVGDefIds();
    return `${await view.toSVG()}\n`;
  } finally {
    view.finalize();
  }
}

const config = {
  background: 'white',
  font: 'system-ui, sans-serif',
  title: { anchor: 'start', fontSize: 14, subtitleColor: '#555' },
  legend: { labelLimit: 200, symbolLimit: 100 },
} as const;
