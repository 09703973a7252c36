import { describe, expect, it } from 'vitest';
import { drawRun, type Curves, type RunHistory } from './run-plots.js';

const curve = (values: readonly (number | null)[]): Curves => ({
  train: values,
  evaluate: values,
  score: values,
});

const history = (change: Partial<RunHistory> = {}): RunHistory => ({
  title: 'c/p/e/r',
  scoreName: 'accuracy',
  rounds: [1, 2, 3],
  global: curve([3, 2, 1]),
  local: { alice: curve([3, 2, 1]), bob: curve([4, null, 2]) },
  participation: [2, 1, 2].map((updates) => ({ updates, dropped: 2 - updates })),
  ...change,
});

const count = (svg: string | undefined, what: RegExp) => svg?.match(what)?.length ?? 0;
/** Lines as Vega writes them. */
const LINES = /aria-roledescription="line mark"/g;

describe('the plots of a run', () => {
  it('show loss and score of the global model and of each participant, and the participation', async () => {
    const plots = await drawRun(history());
    expect(Object.keys(plots)).toEqual(['loss', 'score', 'participation']);
    for (const svg of Object.values(plots))
      expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(count(plots.loss, LINES)).toBe(6);
    expect(count(plots.score, LINES)).toBe(3);
    for (const name of ['c/p/e/r: loss', 'training loss', 'evaluation loss', 'alice', 'bob'])
      expect(plots.loss).toContain(`>${name}<`);
    expect(plots.score).toContain('>accuracy<');
    expect(count(plots.participation, /aria-label="[^"]*outcome: dropped"/g)).toBe(3);
  });

  it('are the same text for the same run', async () => {
    expect(await drawRun(history())).toEqual(await drawRun(history()));
  });

  it('omit metrics that were not measured', async () => {
    const none = [null, null, null];
    const local = { alice: { train: [1, 2, 3], evaluate: none, score: none } };
    const plots = await drawRun(
      history({ global: { train: [1, 2, 3], evaluate: none, score: none }, local }),
    );
    expect(Object.keys(plots)).toEqual(['loss', 'participation']);
    expect(plots.loss).not.toContain('evaluation loss');
    const nothing = { rounds: [], global: curve([]), local: {}, participation: [] };
    expect(await drawRun(history(nothing))).toEqual({});
  });

  it("escape a participant's name as text", async () => {
    const { loss } = await drawRun(history({ local: { '<script>&"': curve([1, 2, 3]) } }));
    expect(loss).toContain('&lt;script&gt;&amp;"');
    expect(loss).not.toContain('<script');
  });

  it('stay small with many rounds and participants', async () => {
    const rounds = Array.from({ length: 10_000 }, (_, index) => index + 1);
    const values = curve(rounds.map((round) => 1 / round));
    const local = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`worker ${index}`, values]));
    const participation = rounds.map((round) => ({ updates: 150 - (round % 2), dropped: round % 2 }));
    const plots = await drawRun(history({ rounds, global: values, local, participation }));
    for (const svg of Object.values(plots)) expect(svg.length).toBeLessThan(500_000);
    expect(plots.loss).toContain('thin: 100 of 150 participants');
    expect(plots.participation).toContain('means of 20 rounds');
  });
});
