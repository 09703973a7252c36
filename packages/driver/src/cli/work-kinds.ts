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
/** One kind of work, and the records that it leaves. */
export interface WorkKind {
  readonly name: string;
  /** The command that starts it. */
  readonly verb: 'create' | 'train';
  readonly about: string;
  readonly required: readonly IdName[];
  /** Left out: all below. */
  readonly optional: readonly IdName[];
  readonly flags: readonly { readonly name: string; readonly flag: string; readonly about: string }[];
  readonly fields: readonly Field[];
  readonly columns: Readonly<Record<string, (record: Shown) => string>>;
  /** Shown below the table. */
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
    about: "what fits the participants' data together",
    required: project,
    optional: [],
    flags: [
      {
        name: 'auto_fix',
        flag: '--no-auto-fix',
        about: 'leave the sizes of first and last layers as they are',
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
    about: 'trained models',
    required: project,
    optional: ['expt_id', 'run_id'],
    flags: [{ name: 'auto_align', flag: '--no-auto-align', about: 'fail where the project is not aligned' }],
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
    about: "searches for an experiment's best hyperparameters; each trial is a run",
    required: [...project, 'expt_id'],
    optional: [],
    flags: [{ name: 'auto_align', flag: '--no-auto-align', about: 'fail where the project is not aligned' }],
    fields: [
      jsonField(
        'search_space',
        '--search-space <json>',
        'run arguments, {"lr": {"_type": "loguniform", "_value": [0.001, 1]}, "rounds": 5}',
      ),
      textField('searcher', '--searcher <name>', 'random, grid, halton or tpe (default)'),
      textField('scheduler', '--scheduler <name>', 'none (default), asha, hyperband or median-stopping'),
      textField('metric', '--metric <name>', 'of the validations (default: R2 or accuracy)'),
      choiceField('optimize_mode', '--mode <mode>', 'which values are good', ['max', 'min']),
      numberField('max_trial_num', '--trials <number>', 'how many at most (default 10)'),
      numberField('trial_concurrency', '--concurrency <number>', 'trials at one time (default 1)'),
      textField('max_exec_duration', '--max-duration <time>', 'such as 1h 30m, or seconds (default 1h)'),
      numberField('grace_period', '--grace-period <rounds>', 'fewest before a trial is cut (default 1)'),
      numberField('seed', '--seed <number>', 'the same seed makes the same proposals'),
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
    about: 'how well models do on the data to evaluate on',
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
    about: 'what models make of data to predict on; the values stay with the participant',
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

/** A value a class, between slashes. */
function valuesText(value: unknown): string {
  if (!Array.isArray(value)) return valueText(value);
  return value.map((one) => (typeof one === 'number' ? numberText(one) : '–')).join('/');
}
