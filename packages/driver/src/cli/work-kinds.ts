import type { Driver } from '../driver.js';
import type { RecordFields, TrialFields } from '../types.js';
import { classTables, evaluationOf, resultText } from './class-tables.js';
import { choiceField, jsonField, numberField, textField, type Field } from './fields.js';
import type { IdName } from './ids.js';
import type { Shown } from './record-kinds.js';
import type { Style } from './style.js';
import { numberText, printable, valueText } from './text.js';

export interface WorkCalls {
  start(target: object): Promise<readonly string[]>;
  readAll(ids: object): Promise<readonly object[]>;
}
/** A kind of job and the records that it creates. */
export interface WorkKind {
  readonly name: string;
  /** Name of the command that starts it. */
  readonly verb: 'create' | 'train';
  readonly about: string;
  readonly required: readonly IdName[];
  /** Ids that may be left out: the job then includes all records below. */
  readonly optional: readonly IdName[];
  readonly flags: readonly { readonly name: string; readonly flag: string; readonly about: string }[];
  readonly fields: readonly Field[];
  readonly columns: Readonly<Record<string, (record: Shown) => string>>;
  /** Text below the table. */
  readonly details?: (records: readonly Shown[], style: Style) => string;
  readonly calls: (driver: Driver) => WorkCalls;
}

const project: readonly IdName[] = ['collab_id', 'project_id'];
const id = (name: IdName) => (record: Shown) => valueText((record as unknown as RecordFields).key[name]);
const inside = (outer: string, name: string) => (record: Shown) =>
  valueText((record[outer] as Shown | undefined)?.[name]);
const statistics = (outer: string) => (record: Shown) => {
  const all = (record[outer] as Shown | undefined)?.statistics ?? {};
  return Object.entries(all)
    .slice(0, 3)
    .map(([name, value]) => `${name} ${valuesText(value)}`)
    .join('  ');
};
const hyperparameters = (record: Shown) => {
  const { hyperparameters: all = {} } = (record.trial ?? {}) as Partial<TrialFields['trial']>;
  return Object.entries(all)
    .map(([name, value]) => `${printable(name)} ${valueText(value)}`)
    .join('  ');
};
const spacers = (phase: string) => (record: Shown) => {
  const given = record[phase] as { readonly X?: unknown[]; readonly y?: unknown[] } | null | undefined;
  return given == null ? '–' : `${given.X?.length ?? 0} X, ${given.y?.length ?? 0} y`;
};

export const workKinds: readonly WorkKind[] = [
  {
    name: 'alignments',
    verb: 'create',
    about: "align the participants' data to a common feature space",
    required: project,
    optional: [],
    flags: [
      {
        name: 'auto_fix',
        flag: '--no-auto-fix',
        about: 'do not fit the first and last layers of models to the data',
      },
    ],
    fields: [],
    columns: {
      participant: id('participant_id'),
      'inserted to train': spacers('train'),
      evaluate: spacers('evaluate'),
      predict: spacers('predict'),
    },
    calls: ({ alignments }) => alignments,
  },
  {
    name: 'models',
    verb: 'train',
    about: 'train models and get their files',
    required: project,
    optional: ['expt_id', 'run_id'],
    flags: [{ name: 'auto_align', flag: '--no-auto-align', about: 'fail if the project is not aligned' }],
    fields: [],
    columns: {
      expt: id('expt_id'),
      run: id('run_id'),
      model: inside('global', 'path'),
      'loss history': inside('global', 'loss_history'),
    },
    calls: ({ models }) => models,
  },
  {
    name: 'optimizations',
    verb: 'create',
    about: 'search for the best hyperparameters of an experiment; each trial is a run',
    required: [...project, 'expt_id'],
    optional: [],
    flags: [{ name: 'auto_align', flag: '--no-auto-align', about: 'fail if the project is not aligned' }],
    fields: [
      jsonField(
        'search_space',
        '--search-space <json>',
        'run arguments, {"lr": {"_type": "loguniform", "_value": [0.001, 1]}, "rounds": 5}',
      ),
      textField('searcher', '--searcher <name>', 'random, grid, halton or tpe (default)'),
      textField('scheduler', '--scheduler <name>', 'none (default), asha, hyperband or median-stopping'),
      textField('metric', '--metric <name>', 'metric of the validations (default: R2 or accuracy)'),
      choiceField('optimize_mode', '--mode <mode>', 'whether higher or lower values are better', [
        'max',
        'min',
      ]),
      numberField('max_trial_num', '--trials <number>', 'largest number of trials (default: 10)'),
      numberField('trial_concurrency', '--concurrency <number>', 'trials at the same time (default: 1)'),
      textField(
        'max_exec_duration',
        '--max-duration <time>',
        'largest duration, such as 1h 30m, or seconds (default: 1h)',
      ),
      numberField(
        'grace_period',
        '--grace-period <rounds>',
        'smallest number of rounds before a trial is stopped (default: 1)',
      ),
      numberField('seed', '--seed <number>', 'seed of the proposals: the same seed gives the same ones'),
    ],
    columns: {
      rank: inside('trial', 'rank'),
      run: id('run_id'),
      state: inside('trial', 'state'),
      rounds: inside('trial', 'rounds'),
      metric: inside('trial', 'metric'),
      value: inside('trial', 'value'),
      hyperparameters,
    },
    calls: ({ optimizations }) => optimizations,
  },
  {
    name: 'validations',
    verb: 'create',
    about: "evaluate models on the participants' evaluation data",
    required: project,
    optional: ['expt_id', 'run_id', 'participant_id'],
    flags: [],
    fields: [],
    columns: {
      expt: id('expt_id'),
      run: id('run_id'),
      participant: id('participant_id'),
      samples: inside('evaluate', 'samples'),
      loss: inside('evaluate', 'loss'),
      result: (record) => resultText(evaluationOf(record)),
    },
    details: classTables,
    calls: ({ validations }) => validations,
  },
  {
    name: 'predictions',
    verb: 'create',
    about: 'predict with models; the predictions stay with the participant',
    required: ['participant_id', 'collab_id'],
    optional: ['project_id', 'expt_id', 'run_id'],
    flags: [],
    fields: [jsonField('tags', '--tags <json>', 'folders by project, {"project": [["folder", "below"]]}')],
    columns: {
      project: id('project_id'),
      expt: id('expt_id'),
      run: id('run_id'),
      samples: inside('predict', 'samples'),
      labelled: inside('predict', 'labelled'),
      statistics: statistics('predict'),
      'at the participant': inside('predict', 'res_path'),
    },
    calls: ({ predictions }) => predictions,
  },
];

/** Formats one value per class, separated by slashes. */
function valuesText(value: unknown): string {
  if (!Array.isArray(value)) return valueText(value);
  return value.map((one) => (typeof one === 'number' ? numberText(one) : '–')).join('/');
}
