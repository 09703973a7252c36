import type { RecordKey, RecordStore } from '@synergos/artifacts';
import type { RunChecks } from '@synergos/contract';
import { ranked, valueOf, type OptimizeJob, type Trial, type TrialFields } from '@synergos/scaling';

export interface TrialRecords {
  /** Creates the trial's Run record if it is missing. Throws if a run cannot take its hyperparameters. */
  create(trial: Trial): Promise<void>;
  /** Updates the records to the state of the trials. */
  update(trials: readonly Trial[]): Promise<void>;
}

export function trialFields(
  trials: readonly Trial[],
  { metric, mode }: Pick<OptimizeJob, 'metric' | 'mode'>,
  optimization: string,
): readonly TrialFields[] {
  const ranks = new Map(ranked(trials, mode).map(({ number }, at) => [number, at + 1]));
  return trials.map((trial) => {
    const rank = ranks.get(trial.number) ?? null;
    return {
      optimization,
      number: trial.number,
      state: trial.state,
      rounds: trial.reports.at(-1)?.rounds ?? 0,
      metric,
      optimize_mode: mode,
      value: valueOf(trial),
      rank,
      best: rank === 1,
      hyperparameters: trial.point,
      ...(trial.failure && { reason: trial.failure.message }),
    };
  });
}

/** The Run records of an optimization's trials. */
export function trialRecords(
  { records, checks }: { readonly records: RecordStore; readonly checks: RunChecks },
  plan: OptimizeJob,
  optimization: string,
): TrialRecords {
  const { collab_id, project_id, expt_id } = plan;
  const keyOf = ({ run_id }: Trial): RecordKey => ({ collab_id, project_id, expt_id, run_id });
  const told = new Map<number, string>();
  const fittingCriterion = async () => {
    const project = await records.get('Project', { collab_id, project_id });
    const experiment = await records.get('Experiment', { collab_id, project_id, expt_id });
    return checks.fittingCriterion?.(experiment?.body.model, project?.body.action);
  };
  return {
    async create(trial) {
      const key = keyOf(trial);
      if ((await records.get('Run', key)) !== undefined) return;
      const criterion = trial.point.criterion ?? (await fittingCriterion());
      const { arguments: args } = checks.parseArguments({ ...trial.point, criterion });
      const [fields] = trialFields([trial], plan, optimization);
      await records.create('Run', key, { ...args, trial: fields });
    },
    async update(trials) {
      for (const [at, trial] of trialFields(trials, plan, optimization).entries()) {
        const text = JSON.stringify(trial);
        const known = trials[at];
        if (known === undefined || told.get(trial.number) === text) continue;
        // Undefined if the run was deleted: there is nothing to update.
        await records.update('Run', keyOf(known), { trial });
        told.set(trial.number, text);
      }
    },
  };
}
