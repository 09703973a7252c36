import type { RecordKey, RecordStore } from '@synergos/artifacts';
import { ranked, valueOf, type Trial } from '@synergos/scaling';
import type { OptimizeJob } from '../job-payloads.js';
import type { RunChecks } from '../ports.js';

/** What a trial's Run record tells of it, as its field `trial`. */
export interface TrialFields {
  /** Id of the optimization: its job's. */
  readonly optimization: string;
  readonly number: number;
  readonly state: Trial['state'];
  /** Done, of the model that there is. */
  readonly rounds: number;
  readonly metric: string;
  readonly optimize_mode: OptimizeJob['mode'];
  readonly value: number | null;
  /** Among the trials of the optimization, 1 the best; null without a value. */
  readonly rank: number | null;
  readonly best: boolean;
  readonly hyperparameters: Trial['point'];
  readonly reason?: string;
}

export interface TrialRecords {
  /** The trial's Run record, if there is none yet. Throws where runs cannot take its hyperparameters. */
  create(trial: Trial): Promise<void>;
  /** Brings the records up to what is known of the trials. */
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
        // Undefined where the run was deleted: then there is nothing to tell.
        await records.update('Run', keyOf(known), { trial });
        told.set(trial.number, text);
      }
    },
  };
}
