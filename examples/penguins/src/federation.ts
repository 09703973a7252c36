import { Driver, type JobEvent } from '@synergos/driver';
import { islands, type Island } from './penguins.js';

export const PROJECT_IDS = { collab_id: 'palmer-station', project_id: 'penguins' } as const;
const EXPERIMENT = 'softmax-regression';
export const EXPERIMENT_IDS = { ...PROJECT_IDS, expt_id: EXPERIMENT } as const;

/** Softmax regression; the sizes are fitted to the aligned data. */
const MODEL = [
  {
    l_type: 'Linear',
    structure: { in_features: 1, out_features: 3, bias: true },
    activation: 'softmax',
    is_input: true,
  },
];

export const ARGUMENTS = { epochs: 5, batch_size: 16, lr_scheduler: 'none', criterion: 'NLLLoss' } as const;

export interface Training {
  readonly algorithm: string;
  readonly rounds: number;
  readonly seed: number;
}

export interface Score {
  readonly accuracy: number;
  readonly loss: number;
}

/** Address of a participant's worker of a grid, for information only: the worker connects to the TTP. */
const node = (grid: number) => ({ host: '127.0.0.1', port: 8020 + grid, f_port: 5000 + grid });

/**
 * Registers the participants at the TTP, and gives each participant's workers their token; on a cluster, each
 * participant has a worker for each of `grids`.
 */
export async function register(driver: Driver, grids = 0): Promise<Record<Island, string>> {
  await driver.collaborations.create({ collab_id: PROJECT_IDS.collab_id });
  await driver.projects.create({ ...PROJECT_IDS, action: 'classify' });
  await driver.experiments.create({ ...PROJECT_IDS, expt_id: EXPERIMENT, model: MODEL });
  const entries: [Island, string][] = [];
  for (const participant_id of islands) {
    await driver.participants.create({ participant_id });
    await driver.registrations.create({
      ...PROJECT_IDS,
      participant_id,
      role: participant_id === islands[0] ? 'host' : 'guest',
      ...Object.fromEntries(Array.from({ length: grids }, (_, grid) => [`node_${grid}`, node(grid)])),
    });
    const tags = { train: [['penguins', 'train']], evaluate: [['penguins', 'evaluate']] };
    await driver.tags.create({ ...PROJECT_IDS, participant_id, ...tags });
    entries.push([participant_id, (await driver.participants.issueToken({ participant_id })).token]);
  }
  return Object.fromEntries(entries) as Record<Island, string>;
}

/** Trains a run, with all participants or one alone; resolves with the path of its model. */
export async function train(
  driver: Driver,
  run_id: string,
  { algorithm, rounds, seed }: Training,
  options: {
    readonly cohort?: readonly Island[];
    readonly onEvent?: (event: JobEvent) => void;
    readonly signal: AbortSignal;
  },
): Promise<string> {
  const { cohort, onEvent, signal } = options;
  const ids = { ...PROJECT_IDS, expt_id: EXPERIMENT, run_id };
  await driver.runs.create({
    ...ids,
    ...ARGUMENTS,
    algorithm,
    rounds,
    seed,
    lr: 0.5,
    patience: rounds,
    ...(cohort === undefined ? {} : { cohort: [...cohort] }),
  });
  const [model] = await driver.models.create(ids, { signal, ...(onEvent === undefined ? {} : { onEvent }) });
  return model?.global.path ?? '';
}

/** Creates a run and starts its training; resolves at once with the id of its job. */
export async function createTrial(
  driver: Driver,
  run_id: string,
  { rounds, lr, ...more }: { readonly rounds: number; readonly lr: number; readonly epochs?: number },
): Promise<string> {
  const ids = { ...PROJECT_IDS, expt_id: EXPERIMENT, run_id };
  await driver.runs.create({
    ...ids,
    ...ARGUMENTS,
    algorithm: 'FedAvg',
    rounds,
    lr,
    patience: rounds,
    ...more,
  });
  const [job = ''] = await driver.models.start(ids);
  return job;
}

/** Evaluates a run's model on the evaluation data of all islands: the means over all penguins. */
export async function validate(driver: Driver, run_id: string, signal: AbortSignal): Promise<Score> {
  const validations = await driver.validations.create(
    { ...PROJECT_IDS, expt_id: EXPERIMENT, run_id },
    { signal },
  );
  let [samples, right, loss] = [0, 0, 0];
  for (const { evaluate } of validations) {
    const count = evaluate.samples ?? 0;
    samples += count;
    right += count * (evaluate.score ?? 0);
    loss += count * (evaluate.loss ?? 0);
  }
  return { accuracy: right / samples, loss: loss / samples };
}
