import type { Mode } from './trial.js';

const low = (names: readonly string[]) => names.map((name) => [name, 'min'] as const);
const high = (names: readonly string[]) => names.map((name) => [name, 'max'] as const);
const common = [...low(['loss']), ...high(['score'])];

/** Metrics of a validation by the project's action, with the direction of improvement. */
const METRICS: Readonly<Record<'regress' | 'classify', ReadonlyMap<string, Mode>>> = {
  regress: new Map([...high(['R2']), ...low(['MSE', 'MAE']), ...common]),
  classify: new Map([
    ...high(['accuracy', 'roc_auc_score', 'pr_auc_score', 'f_score', 'TPRs', 'TNRs', 'PPVs', 'NPVs']),
    ...low(['FPRs', 'FNRs', 'FDRs']),
    ...high(['TPs', 'TNs']),
    ...low(['FPs', 'FNs']),
    ...common,
  ]),
};

/** Metrics that can be optimized for an action, the default first. */
export function metricsOf(action: 'regress' | 'classify'): ReadonlyMap<string, Mode> {
  return METRICS[action];
}
