import { renderPlot } from '@synergos/artifacts';
import { searchSpaceSchema, type Trial } from '@synergos/scaling';
import { expect, it } from 'vitest';
import { trialPlot } from './trial-plot.js';
import { trialFields } from './trial-records.js';
import { trialTable } from './trial-table.js';

const plan = {
  metric: 'accuracy',
  mode: 'max',
  expt_id: 'mlp',
  search_space: searchSpaceSchema.parse({
    lr: { _type: 'loguniform', _value: [0.001, 1] },
    'cohort[0]': { _type: 'choice', _value: [['a,"b"'], ['c']] },
    rounds: 3,
  }),
} as const;

function trial(number: number, value: number | null, state: Trial['state'] = 'completed'): Trial {
  const point = { lr: number / 100, 'cohort[0]': number % 2 === 0 ? ['a,"b"'] : ['c'], rounds: 3 };
  const reports = value === null ? [] : [{ target: 3, rounds: 3, value }];
  return { number, run_id: `optim_run_${number}`, point, state, target: 3, reports };
}

const TRIALS = [trial(1, 0.2), trial(2, 0.6, 'stopped'), trial(3, null, 'failed'), trial(4, 0.4)];
const FIELDS = trialFields(TRIALS, plan, 'o');

it('the plot has a point for each trial with a value, over their order and over what was searched', async () => {
  const plot = trialPlot(TRIALS, FIELDS, plan);
  const svg = await renderPlot(plot!);
  expect(svg).toMatch(/^<svg /);
  for (const text of ['mlp: accuracy of 3 trials', 'lr', 'cohort[0]', 'completed', 'stopped'])
    expect(svg).toContain(`>${text}<`);
  expect(svg).not.toContain('>rounds<');
  expect(svg.match(/aria-roledescription="point"/g)).toHaveLength(3 * 3);
});

it('there is no plot of nothing', () => {
  expect(trialPlot([trial(1, null, 'failed')], [FIELDS[2]!], plan)).toBeUndefined();
});

it('the table has all trials, the best first, those without a value last', () => {
  expect(trialTable(TRIALS, FIELDS, 'accuracy').split('\r\n')).toEqual([
    'rank,run_id,state,rounds_done,accuracy,lr,cohort[0],rounds',
    '1,optim_run_2,stopped,3,0.6,0.02,"[""a,\\""b\\""""]",3',
    '2,optim_run_4,completed,3,0.4,0.04,"[""a,\\""b\\""""]",3',
    '3,optim_run_1,completed,3,0.2,0.01,"[""c""]",3',
    ',optim_run_3,failed,0,,0.03,"[""c""]",3',
    '',
  ]);
});
