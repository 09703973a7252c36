import type { TopLevelSpec } from 'vega-lite';

/** A plot as Vega-Lite describes it (https://vega.github.io/vega-lite/docs/), its data inline. */
export type PlotSpec = TopLevelSpec;

/** The libraries, loaded on first use: the package works without them until it draws a plot. */
async function libraries() {
  try {
    return await Promise.all([import('vega'), import('vega-lite')]);
  } catch (cause) {
    throw new Error('plots need two more packages: npm install vega vega-lite', { cause });
  }
}

/** Loads the plotting libraries in advance, while the process is idle. */
export async function preparePlots(): Promise<void> {
  await libraries();
}

/** Draws a plot as SVG text; needs no DOM and no canvas. */
export async function renderPlot(spec: PlotSpec): Promise<string> {
  const [vega, { compile }] = await libraries();
  const view = new vega.View(vega.parse(compile(spec, { config }).spec), { renderer: 'none' });
  try {
    await view.runAsync();
    // Resets the counter of ids within an SVG, so that the same plot gives the same text.
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
