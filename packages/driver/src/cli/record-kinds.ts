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

/** A record as it is shown: fields of every shape. */
export type Shown = Readonly<Record<string, unknown>>;

export interface RecordCalls {
  create(record: object, options: { readonly overwrite?: boolean }): Promise<object>;
  read(ids: object): Promise<object>;
  list(ids: GivenIds): Promise<readonly object[]>;
  update(change: object): Promise<object>;
  delete(ids: object): Promise<object>;
}
/** One kind of record: all that its five commands are made from. */
export interface RecordKind {
  readonly name: string;
  readonly noun: string;
  readonly about: string;
  /** From the outermost; the last may be given as an argument. */
  readonly ids: readonly IdName[];
  /** What a list needs, and what narrows it. */
  readonly listIds: readonly [required: readonly IdName[], optional: readonly IdName[]];
  readonly fields: readonly Field[];
  /** What a list shows beside ids and age. */
  readonly columns: Readonly<Record<string, (record: Shown) => string>>;
  readonly calls: (driver: Driver) => RecordCalls;
  /** Fields of a `create` that may stand in its help. */
  readonly example: string;
}

const field = (name: string) => (record: Shown) => valueText(record[name]);
const below = (kind: string, noun: string) => (record: Shown) =>
  plural((record.relations as Record<string, unknown[]> | undefined)?.[kind]?.length ?? 0, noun);
const folders = (name: string) => (record: Shown) =>
  valueText(((record[name] ?? []) as readonly (readonly string[])[]).map((tag) => tag.join('/')));
const layers = ({ model }: Shown) =>
  valueText(((model ?? []) as readonly { readonly l_type: string }[]).map(({ l_type }) => l_type));

/** Lists count what lies directly below; all descendants would be read for nothing. */
const CHILDREN = { relations: 'children' } as const;

const project: readonly IdName[] = ['collab_id', 'project_id'];
const experiment: readonly IdName[] = [...project, 'expt_id'];
const run: readonly IdName[] = [...experiment, 'run_id'];
const registration: readonly IdName[] = [...project, 'participant_id'];

export const recordKinds: readonly RecordKind[] = [
  {
    name: 'collaborations',
    noun: 'collaboration',
    about: 'groups of participants and their projects',
    ids: ['collab_id'],
    listIds: [[], []],
    fields: [
      componentField('catalogue', '--catalogue <address>', 'where its catalogue is'),
      componentField('logs', '--logs <address>', 'where its logs go'),
      componentField('meter', '--meter <address>', 'where its metering is'),
      componentField('mlops', '--mlops <address>', 'where its tracking is'),
      componentField('mq', '--mq <address>', 'where its message queue is'),
    ],
    columns: { projects: below('Project', 'project') },
    calls: ({ collaborations }) => ({ ...collaborations, list: () => collaborations.readAll({}, CHILDREN) }),
    example: '--mlops mlops.example.org:5500',
  },
  {
    name: 'projects',
    noun: 'project',
    about: 'what is learnt from which data',
    ids: project,
    listIds: [['collab_id'], []],
    fields: [
      choiceField('action', '--action <action>', 'what the models do', ['regress', 'classify']),
      jsonField('incentives', '--incentives <json>', 'participants by tier'),
      textField('start_at', '--start-at <text>', 'when it starts'),
    ],
    columns: { action: field('action'), experiments: below('Experiment', 'experiment') },
    calls: ({ projects }) => ({ ...projects, list: (ids) => projects.readAll(ids as never, CHILDREN) }),
    example: '--action classify',
  },
  {
    name: 'experiments',
    noun: 'experiment',
    about: 'models of a project',
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
    about: 'arguments with which a model is trained',
    ids: run,
    listIds: [experiment, []],
    fields: [
      textField('algorithm', '--algorithm <name>', 'FedAvg, FedProx, …'),
      numberField('rounds', '--rounds <number>', 'federated rounds'),
      numberField('epochs', '--epochs <number>', "epochs of a participant's training in a round"),
      numberField('batch_size', '--batch-size <number>', 'left out: the whole data set'),
      numberField('lr', '--lr <number>', 'learning rate'),
      textField('criterion', '--criterion <name>', 'loss, as PyTorch names it'),
      textField('optimizer', '--optimizer <name>', 'as PyTorch names it'),
      textField('lr_scheduler', '--lr-scheduler <name>', 'as PyTorch names it, or none'),
      numberField('seed', '--seed <number>', 'of everything that is random'),
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
    about: 'who has data, and runs a worker',
    ids: ['participant_id'],
    listIds: [[], []],
    fields: [
      textsField('category', '--category <name>', 'what kind of participant'),
      textField('summary', '--summary <text>', 'who it is'),
      textField('phone', '--phone <number>', 'telephone'),
      textField('email', '--email <address>', 'electronic mail'),
      jsonField('socials', '--socials <json>', 'further addresses by their name'),
    ],
    columns: { summary: field('summary'), category: field('category'), email: field('email') },
    calls: ({ participants }) => ({ ...participants, list: () => participants.readAll({}, CHILDREN) }),
    example: "--summary 'a hospital'",
  },
  {
    name: 'registrations',
    noun: 'registration',
    about: 'which participants take part in which projects',
    ids: registration,
    listIds: [[], registration],
    fields: [
      choiceField('role', '--role <role>', 'of the participant', ['host', 'guest', 'arbiter']),
      nodesField('node', '--node <host:port>', 'one node a grid, in grid order'),
    ],
    columns: { role: field('role'), nodes: field('n_count') },
    calls: ({ registrations }) => ({ ...registrations, list: (ids) => registrations.readAll(ids, CHILDREN) }),
    example: '--role guest --node worker.example.org:8020',
  },
  {
    name: 'tags',
    noun: 'tags',
    about: "which of a participant's folders a project uses",
    ids: registration,
    listIds: [[], registration],
    fields: [
      tagsField('train', '--train <folder>', 'to train on'),
      tagsField('evaluate', '--evaluate <folder>', 'to evaluate on'),
      tagsField('predict', '--predict <folder>', 'to predict on'),
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
