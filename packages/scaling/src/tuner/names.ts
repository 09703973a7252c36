import type { Scheduler } from './scheduler.js';
import { asha } from './schedulers/asha.js';
import { hyperband } from './schedulers/hyperband.js';
import { medianStopping } from './schedulers/median-stopping.js';
import { none } from './schedulers/none.js';
import type { Searcher } from './searcher.js';
import { grid } from './searchers/grid.js';
import { halton } from './searchers/halton.js';
import { random } from './searchers/random.js';
import { tpe } from './searchers/tpe.js';

export const searchers: readonly Searcher[] = [random, grid, halton, tpe];
export const schedulers: readonly Scheduler[] = [none, asha, hyperband, medianStopping];

/** Names of Ray Tune and NNI, each with what comes nearest to it here. */
const SEARCHERS_ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  random: ['BasicVariantGenerator', 'RandomSearch', 'Random', 'variant_generator'],
  grid: ['GridSearch', 'Batch'],
  halton: ['Halton', 'Sobol', 'QuasiRandom', 'quasi-random', 'QMCSampler'],
  tpe: [
    ...[
      'OptunaSearch',
      'HyperOptSearch',
      'TuneBOHB',
      'HEBOSearch',
      'BayesOptSearch',
      'AxSearch',
      'SkOptSearch',
    ],
    ...['DragonflySearch', 'NevergradSearch', 'SigOptSearch', 'ZOOptSearch', 'BlendSearch', 'CFO'],
    ...['optuna', 'hyperopt', 'bohb', 'hebo', 'bayesopt', 'ax', 'skopt', 'dragonfly', 'nevergrad', 'zoopt'],
    ...['Anneal', 'Evolution', 'SMAC', 'GP', 'Metis', 'DNGO', 'NaiveEvolution'],
  ],
};
const SCHEDULERS_ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  none: ['FIFOScheduler', 'fifo'],
  asha: [
    ...['ASHAScheduler', 'AsyncHyperBandScheduler', 'async_hyperband', 'asynchyperband'],
    ...['PopulationBasedTraining', 'PopulationBasedTrainingReplay', 'PB2', 'pbt', 'pb2'],
  ],
  hyperband: ['HyperBandScheduler', 'HyperBandForBOHB', 'hb_bohb'],
  'median-stopping': [
    'MedianStoppingRule',
    'median_stopping_rule',
    'medianstopping',
    'Medianstop',
    'Curvefitting',
  ],
};

export interface Named<Kind> {
  readonly found: Kind;
  /** Whether it goes by another name than the one that was asked for. */
  readonly isNearest: boolean;
}

/** The searcher of a name, in any spelling, or the nearest to one of Ray Tune's or NNI's; undefined: there is none. */
export function searcherNamed(name: string): Named<Searcher> | undefined {
  return named(name, searchers, SEARCHERS_ELSEWHERE);
}

/** Likewise the scheduler. */
export function schedulerNamed(name: string): Named<Scheduler> | undefined {
  return named(name, schedulers, SCHEDULERS_ELSEWHERE);
}

function named<Kind extends { readonly name: string }>(
  name: string,
  kinds: readonly Kind[],
  elsewhere: Readonly<Record<string, readonly string[]>>,
): Named<Kind> | undefined {
  const isMeant = (other: string) => plain(other) === plain(name);
  const own = kinds.find((kind) => isMeant(kind.name));
  if (own !== undefined) return { found: own, isNearest: false };
  const near = kinds.find((kind) => elsewhere[kind.name]?.some(isMeant));
  return near && { found: near, isNearest: true };
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_ ]/g, '');
}
