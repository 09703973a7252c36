import type { Driver } from '../driver.js';
import {
  choiceField,
  componentField,
  jsonField,
  nodesField,
  numberField,
  tagsField,
  textField,
  textsField,
  type Field,
} from './fields.js';
import type { GivenIds, IdName } from './ids.js';
import { plural, valueText } from './text.js';

/** A record for display: fields of every shape. */
export type Shown = Readonly<Record<string, unknown>>;

export interface RecordCalls {
  create(record: object, options: { readonly overwrite?: boolean }): Promise<object>;
  read(ids: object): Promise<object>;
  list(ids: GivenIds): Promise<readonly object[]>;
  update(change: object): Promise<object>;
  delete(ids: object): Promise<object>;
}
/** A kind of record: the definition of its five commands. */
export interface RecordKind {
  readonly name: string;
  readonly noun: string;
  readonly about: string;
  /** Ids from the outermost; the last may be given as an argument. */
  readonly ids: readonly IdName[];
  /** Ids that a list needs, and ids that narrow it. */
  readonly listIds: readonly [required: readonly IdName[], optional: readonly IdName[]];
  readonly fields: readonly Field[];
  /** Columns of a list in addition to ids and age. */
  readonly columns: Readonly<Record<string, (record: Shown) => string>>;
  readonly calls: (driver: Driver) => RecordCalls;
  /** Fields in the example of `create`. */
  readonly example: string;
}

const field = (name: string) => (record: Shown) => valueText(record[name]);
const below = (kind: string, noun: string) => (record: Shown) =>
  plural((record.relations as Record<string, unknown[]> | undefined)?.[kind]?.length ?? 0, noun);
const folders = (name: string) => (record: Shown) =>
  valueText(((record[name] ?? []) as readonly (readonly string[])[]).map((tag) => tag.join('/')));
const layers = ({ model }: Shown) =>
  valueText(((model ?? []) as readonly { readonly l_type: string }[]).map(({ l_type }) => l_type));

/** Lists count direct children only: reading all descendants would be wasted. */
const CHILDREN = { relations: 'children' } as const;

const project: readonly IdName[] = ['collab_id', 'project_id'];
const experiment: readonly IdName[] = [...project, 'expt_id'];
const run: readonly IdName[] = [...experiment, 'run_id'];
const registration: readonly IdName[] = [...project, 'participant_id'];

export const recordKinds: readonly RecordKind[] = [
  {
    name: 'collaborations',
    noun: 'collaboration',
    about: 'manage collaborations: groups of participants and their projects',
    ids: ['collab_id'],
    listIds: [[], []],
    fields: [
      componentField('catalogue', '--catalogue <address>', 'server of the data catalogue'),
      componentField('logs', '--logs <address>', 'server of the logs'),
      componentField('meter', '--meter <address>', 'server of the metering'),
      componentField('mlops', '--mlops <address>', 'server of the experiment tracking'),
      componentField('mq', '--mq <address>', 'server of the message queue'),
    ],
    columns: { projects: below('Project', 'project') },
    calls: ({ collaborations }) => ({ ...collaborations, list: () => collaborations.readAll({}, CHILDREN) }),
    example: '--mlops mlops.example.org:5500',
  },
  {
    name: 'projects',
    noun: 'project',
    about: 'manage projects: what the models of a collaboration learn',
    ids: project,
    listIds: [['collab_id'], []],
    fields: [
      choiceField('action', '--action <action>', 'kind of prediction', ['regress', 'classify']),
      jsonField('incentives', '--incentives <json>', 'participants by tier'),
      textField('start_at', '--start-at <text>', 'start of the project'),
    ],
    columns: { action: field('action'), experiments: below('Experiment', 'experiment') },
    calls: ({ projects }) => ({ ...projects, list: (ids) => projects.readAll(ids as never, CHILDREN) }),
    example: '--action classify',
  },
  {
    name: 'experiments',
    noun: 'experiment',
    about: 'manage experiments: the models of a project',
    ids: experiment,
    listIds: [project, []],
    fields: [jsonField('model', '--model <json>', 'list of layers')],
    columns: { model: layers, runs: below('Run', 'run') },
    calls: ({ experiments }) => ({
      ...experiments,
      list: (ids) => experiments.readAll(ids as never, CHILDREN),
    }),
    example: '--model model.json',
  },
  {
    name: 'runs',
    noun: 'run',
    about: 'manage runs: the hyperparameters that a model is trained with',
    ids: run,
    listIds: [experiment, []],
    fields: [
      textField('algorithm', '--algorithm <name>', 'FedAvg, FedProx, …'),
      numberField('rounds', '--rounds <number>', 'federated rounds'),
      numberField('epochs', '--epochs <number>', "epochs of a participant's training per round"),
      numberField('batch_size', '--batch-size <number>', 'samples per batch (default: all)'),
      numberField('lr', '--lr <number>', 'learning rate'),
      textField('criterion', '--criterion <name>', 'loss, by its PyTorch name'),
      textField('optimizer', '--optimizer <name>', 'optimizer, by its PyTorch name'),
      textField('lr_scheduler', '--lr-scheduler <name>', 'scheduler, by its PyTorch name, or none'),
      numberField('seed', '--seed <number>', 'seed of all random numbers'),
    ],
    columns: {
      algorithm: field('algorithm'),
      rounds: field('rounds'),
      epochs: field('epochs'),
      lr: field('lr'),
    },
    calls: ({ runs }) => ({ ...runs, list: (ids) => runs.readAll(ids as never, CHILDREN) }),
    example: '--algorithm FedProx --rounds 10 --lr 0.1 --set mu=0.2',
  },
  {
    name: 'participants',
    noun: 'participant',
    about: 'manage participants and the tokens of their workers',
    ids: ['participant_id'],
    listIds: [[], []],
    fields: [
      textsField('category', '--category <name>', 'kind of participant'),
      textField('summary', '--summary <text>', 'description of the participant'),
      textField('phone', '--phone <number>', 'telephone number'),
      textField('email', '--email <address>', 'email address'),
      jsonField('socials', '--socials <json>', 'further addresses by name'),
    ],
    columns: { summary: field('summary'), category: field('category'), email: field('email') },
    calls: ({ participants }) => ({ ...participants, list: () => participants.readAll({}, CHILDREN) }),
    example: "--summary 'a hospital'",
  },
  {
    name: 'registrations',
    noun: 'registration',
    about: 'manage registrations: the participants of projects',
    ids: registration,
    listIds: [[], registration],
    fields: [
      choiceField('role', '--role <role>', 'role of the participant', ['host', 'guest', 'arbiter']),
      nodesField(
        'node',
        '--node <host:port>',
        'node of the participant, one per grid in the order of the grids',
      ),
    ],
    columns: { role: field('role'), nodes: field('n_count') },
    calls: ({ registrations }) => ({ ...registrations, list: (ids) => registrations.readAll(ids, CHILDREN) }),
    example: '--role guest --node worker.example.org:8020',
  },
  {
    name: 'tags',
    noun: 'tags',
    about: "manage tags: a participant's data folders that a project uses",
    ids: registration,
    listIds: [[], registration],
    fields: [
      tagsField('train', '--train <folder>', 'folder with training data'),
      tagsField('evaluate', '--evaluate <folder>', 'folder with evaluation data'),
      tagsField('predict', '--predict <folder>', 'folder with data to predict'),
    ],
    columns: { train: folders('train'), evaluate: folders('evaluate'), predict: folders('predict') },
    calls: ({ tags, registrations }) => ({
      ...tags,
      list: async (ids) =>
        (await registrations.readAll(ids, CHILDREN)).flatMap(({ relations }) => relations.Tag ?? []),
    }),
    example: '--train heart/train --evaluate heart/test',
  },
];
