/** Ids of records, with the names of the REST API. */
import type { DroppedParticipant } from '@synergos/contract';

export type { DroppedParticipant };

export interface CollaborationIds {
  readonly collab_id: string;
}
export interface ProjectIds extends CollaborationIds {
  readonly project_id: string;
}
export interface ExperimentIds extends ProjectIds {
  readonly expt_id: string;
}
export interface RunIds extends ExperimentIds {
  readonly run_id: string;
}
export interface ParticipantIds {
  readonly participant_id: string;
}
export interface RegistrationIds extends ProjectIds, ParticipantIds {}

/** Fields that all records have. */
export interface RecordFields {
  readonly doc_id: string;
  readonly kind: string;
  readonly key: Readonly<Record<string, string>>;
  /** ISO 8601, UTC. */
  readonly created_at: string;
  /** Records below this one, by kind. */
  readonly relations: Readonly<Record<string, readonly RecordOf<object>[]>>;
}
export type RecordOf<Fields> = Fields & RecordFields;

/** Address of a component of the collaboration. */
export interface Connection {
  readonly host: string;
  readonly ports?: Readonly<Record<string, number | null>> | null;
  readonly secure?: boolean | null;
}
export interface CollaborationFields {
  readonly catalogue?: Connection;
  readonly logs?: Connection;
  readonly meter?: Connection;
  readonly mlops?: Connection;
  readonly mq?: Connection;
}
export interface ProjectFields {
  readonly action: 'classify' | 'regress';
  readonly incentives?: Readonly<Record<string, readonly string[]>>;
  readonly start_at?: string;
  /** Filled by alignment. */
  readonly universe_alignment?: readonly unknown[];
}
/** One layer in PyTorch's vocabulary. */
export interface ModelLayer {
  readonly l_type: string;
  readonly structure: Readonly<Record<string, unknown>>;
  readonly activation?: string | null;
  readonly is_input?: boolean;
}
export interface ExperimentFields {
  readonly model: readonly ModelLayer[];
}
/** Arguments of the algorithm. The TTP fills in defaults. */
export interface RunFields {
  readonly algorithm?: string;
  readonly rounds?: number;
  readonly epochs?: number;
  readonly batch_size?: number | null;
  readonly lr?: number;
  readonly criterion?: string;
  readonly optimizer?: string;
  readonly lr_scheduler?: string;
  readonly seed?: number;
  readonly [argument: string]: unknown;
}
export interface ParticipantFields {
  readonly id?: string;
  readonly category?: readonly string[];
  readonly summary?: string;
  readonly phone?: string;
  readonly email?: string;
  readonly socials?: Readonly<Record<string, string>>;
}
export interface RegistrationNode {
  readonly host: string;
  readonly port: number;
  readonly f_port?: number | null;
  readonly log_msgs?: boolean | null;
  readonly verbose?: boolean | null;
}
export interface RegistrationFields {
  readonly role: 'arbiter' | 'guest' | 'host';
  readonly n_count?: number;
  /** One node per grid, in the order of the grids. */
  readonly [node: `node_${number}`]: RegistrationNode;
}
/** A tag is a list of path tokens below the worker's data directory. */
export type Tag = readonly string[];
export interface TagFields {
  readonly train: readonly Tag[];
  readonly evaluate?: readonly Tag[];
  readonly predict?: readonly Tag[];
}

/** Columns to insert, by index. */
export interface Spacers {
  readonly X: readonly number[];
  readonly y: readonly number[];
}
export interface AlignmentFields {
  readonly train: Spacers;
  readonly evaluate: Spacers | null;
  readonly predict: Spacers | null;
}
/** Distribution of a hyperparameter, in the vocabulary of NNI and Ray Tune. */
export interface SearchParameter {
  readonly _type:
    | 'choice'
    | 'grid_search'
    | 'loguniform'
    | 'lograndint'
    | 'normal'
    | 'qlograndint'
    | 'qloguniform'
    | 'qnormal'
    | 'qrandint'
    | 'qrandn'
    | 'quniform'
    | 'randint'
    | 'randn'
    | 'uniform';
  readonly _value: readonly unknown[];
}
/** Search parameters by run argument. Other values are shared by all trials. */
export type SearchSpace = Readonly<Record<string, SearchParameter | boolean | number | string | null>>;
/** A run that is a trial of an optimization. */
export interface TrialFields extends RunFields {
  readonly trial: {
    /** Id of the optimization's job. */
    readonly optimization: string;
    readonly number: number;
    readonly state: 'cancelled' | 'completed' | 'failed' | 'stopped' | 'training' | 'waiting';
    readonly rounds: number;
    readonly metric: string;
    readonly optimize_mode: 'max' | 'min';
    readonly value: number | null;
    /** 1 is the best; null without a value. */
    readonly rank: number | null;
    readonly best: boolean;
    readonly hyperparameters: Readonly<Record<string, unknown>>;
    /** Error message of a failed trial. */
    readonly reason?: string;
  };
}

/** Paths of a model and its loss history at the TTP. */
export interface ModelOutput {
  readonly origin: string;
  readonly path: string | null;
  readonly loss_history: string;
}
export interface ModelFields {
  readonly global: ModelOutput;
  readonly [local: `local_${number}`]: ModelOutput;
  /** Rounds trained. */
  readonly rounds?: number;
  /** The round whose model is stored: the best, unless the run asks for the last. */
  readonly round?: number;
  /** Participants that are missing in the model or in some of its rounds. */
  readonly dropped?: readonly DroppedParticipant[];
}
/** Origin and files of a model. */
export interface ModelManifest {
  readonly run: {
    readonly collab: string;
    readonly project: string;
    readonly expt: string;
    readonly run: string;
  };
  readonly job: string;
  readonly created_at: string;
  readonly algorithm: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly model: readonly ModelLayer[];
  readonly rounds: number;
  /** The round whose model is stored. */
  readonly round?: number;
  /** The model that its training started from; null: freshly initialised. */
  readonly parent: { readonly run: ModelManifest['run']; readonly sha256: string } | null;
  /** Version of each participant's training data. */
  readonly participants: Readonly<Record<string, { readonly data_version: string | null }>>;
  readonly files: Readonly<
    Record<string, { readonly sha256: string; readonly size_bytes: number; readonly parent?: string | null }>
  >;
}
/** One value, or one per class; null if undefined. */
export type Statistics = Readonly<Record<string, number | null | readonly (number | null)[]>>;
export interface ValidationFields {
  readonly evaluate: {
    readonly statistics: Statistics;
    readonly res_path: string;
    readonly samples?: number;
    /** Null if undefined; `issue` explains why. */
    readonly loss?: number | null;
    readonly issue?: string;
    readonly score?: number | null;
    /** Names of the classes, in the order of the statistics' values. */
    readonly classes?: readonly string[];
    /** Samples by class (rows) and predicted class (columns). */
    readonly confusion?: readonly (readonly number[])[];
  };
}

export interface PredictionFields {
  readonly predict: {
    /** Statistics of the rows whose label is known; empty if there are none. */
    readonly statistics: Statistics;
    /** Path of the statistics at the participant; the predictions are next to them. */
    readonly res_path: string;
    /** Rows predicted. */
    readonly samples?: number;
    readonly labelled?: number;
  };
}

export interface Job {
  readonly id: string;
  readonly kind: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly state: 'cancelled' | 'completed' | 'failed' | 'queued' | 'running';
  readonly result: unknown;
  readonly error: {
    readonly code: string;
    readonly message: string;
    /** HTTP status of a call that waited for the job. */
    readonly status: number;
    /** Whether the same request may succeed later as it is. */
    readonly retryable: boolean;
  } | null;
  /** Job that must complete before this one starts. */
  readonly after: string | null;
  /** TTP of a cluster that runs the job, or ran it last. */
  readonly holder: string | null;
  readonly attempts: number;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}
/** One entry of a job's history: a phase, a round, a metric, a participant dropped … */
export interface JobEvent {
  /** Id of the job. */
  readonly job: string;
  readonly type: string;
  /** Counts from 1 within the job. */
  readonly sequence: number;
  readonly at: string;
  /** Data of the event, by its type. */
  readonly [detail: string]: unknown;
}
export interface ParticipantStatus {
  readonly participant: string;
  readonly connected: boolean;
  /** Milliseconds since the epoch. */
  readonly lastSeen?: number;
  readonly software?: string;
  readonly hardware?: Readonly<Record<string, string | number>>;
  readonly capabilities?: readonly string[];
}
export interface ParticipantToken extends ParticipantIds {
  /** Authenticates the participant's worker at the data port. It is not shown again. */
  readonly token: string;
  /** ISO 8601; null: valid until a new one is issued. */
  readonly expires_at: string | null;
}
export interface TokenFields {
  /** Seconds until the token expires. @defaultValue never */
  readonly expires_in?: number;
}

/** A JSON schema (2020-12) of one argument. */
export interface ArgumentSchema {
  readonly description?: string;
  readonly default?: unknown;
  readonly [keyword: string]: unknown;
}
/** Arguments by name. */
export interface ArgumentsSchema {
  readonly properties?: Readonly<Record<string, ArgumentSchema>>;
  readonly [keyword: string]: unknown;
}
export interface Algorithm {
  readonly name: string;
  /** Package or plug-in of the algorithm. */
  readonly source: string;
  readonly summary: string;
  readonly paper: string | null;
  /** Arguments of this algorithm only. */
  readonly arguments: ArgumentsSchema;
}
export interface AlgorithmDetails extends Algorithm {
  /** Arguments of all algorithms, with the defaults of this one. */
  readonly common_arguments: ArgumentsSchema;
}
