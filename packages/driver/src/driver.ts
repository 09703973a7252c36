import { Connection, type ConnectionOptions } from './connection.js';
import { algorithmsResource } from './resources/algorithms.js';
import { jobsResource, type JobsResource } from './resources/jobs.js';
import { modelsResource } from './resources/models.js';
import { optimizationsResource } from './resources/optimizations.js';
import { participantsResource } from './resources/participants.js';
import { recordResource, type RecordResource } from './resources/records.js';
import { registrationsResource, tagsResource } from './resources/registrations.js';
import { workResource, type WorkResource } from './resources/work.js';
import type {
  AlignmentFields,
  CollaborationFields,
  CollaborationIds,
  ExperimentFields,
  ExperimentIds,
  ParticipantIds,
  PredictionFields,
  ProjectFields,
  ProjectIds,
  RegistrationIds,
  RunFields,
  RunIds,
  Tag,
  ValidationFields,
} from './types.js';

export type DriverOptions = ConnectionOptions;

const CONNECT = '/ttp/connect/collaborations';
const PROJECTS = `${CONNECT}/{collab_id}/projects`;
const EXPERIMENTS = `${PROJECTS}/{project_id}/experiments`;
const TRAIN = '/ttp/train/collaborations/{collab_id}/projects/{project_id}';
const EVALUATE = '/ttp/evaluate/collaborations/{collab_id}/projects/{project_id}';
const PREDICTIONS =
  '/ttp/evaluate/participants/{participant_id}/collaborations/{collab_id}/predictions/{project_id?}/{expt_id?}/{run_id?}';

export interface AlignmentTarget extends ProjectIds {
  /** Fits the first and last layers of the experiments to the aligned data. @defaultValue true */
  readonly auto_fix?: boolean;
}
/** A run, all runs of an experiment, or all runs of a project. */
export interface ValidationTarget extends ProjectIds {
  readonly expt_id?: string;
  readonly run_id?: string;
  readonly participant_id?: string;
}

/** All runs of a participant's projects in a collaboration, of one project, of one experiment, or one run. */
export interface PredictionTarget extends ParticipantIds, CollaborationIds {
  readonly project_id?: string;
  readonly expt_id?: string;
  readonly run_id?: string;
}
export interface PredictionRequest extends PredictionTarget {
  /** The participant's folders to predict, by project. @defaultValue the `predict` tags of the project */
  readonly tags?: Readonly<Record<string, readonly Tag[]>>;
}

/**
 * Client of the REST API of a TTP: records, phases and jobs. Ids and fields have the names of the API.
 * A call that does not succeed rejects with `SynergosError`.
 */
export class Driver {
  readonly collaborations: RecordResource<CollaborationIds, object, CollaborationFields>;
  readonly projects: RecordResource<ProjectIds, CollaborationIds, ProjectFields>;
  readonly experiments: RecordResource<ExperimentIds, ProjectIds, ExperimentFields>;
  readonly runs: RecordResource<RunIds, ExperimentIds, RunFields>;
  readonly participants: ReturnType<typeof participantsResource>;
  readonly registrations: ReturnType<typeof registrationsResource>;
  readonly tags: ReturnType<typeof tagsResource>;
  readonly alignments: Omit<WorkResource<AlignmentTarget, ProjectIds, ProjectIds, AlignmentFields>, 'read'>;
  readonly models: ReturnType<typeof modelsResource>;
  readonly optimizations: ReturnType<typeof optimizationsResource>;
  readonly validations: WorkResource<
    ValidationTarget,
    RegistrationIds & RunIds,
    ValidationTarget,
    ValidationFields
  >;
  readonly predictions: WorkResource<
    PredictionRequest,
    RegistrationIds & RunIds,
    PredictionTarget,
    PredictionFields
  >;
  readonly jobs: JobsResource;
  readonly algorithms: ReturnType<typeof algorithmsResource>;
  readonly #connection: Connection;

  constructor(options: DriverOptions = {}) {
    const connection = new Connection(options);
    this.#connection = connection;
    this.collaborations = recordResource(connection, CONNECT, 'collab_id');
    this.projects = recordResource(connection, PROJECTS, 'project_id');
    this.experiments = recordResource(connection, EXPERIMENTS, 'expt_id');
    this.runs = recordResource(connection, `${EXPERIMENTS}/{expt_id}/runs`, 'run_id');
    this.participants = participantsResource(connection);
    this.registrations = registrationsResource(connection);
    this.tags = tagsResource(connection);
    this.jobs = jobsResource(connection);
    this.algorithms = algorithmsResource(connection);
    this.alignments = workResource(connection, this.jobs, `${TRAIN}/alignments`);
    this.models = modelsResource(connection, this.jobs, `${TRAIN}/models`);
    this.optimizations = optimizationsResource(connection, this.jobs, `${TRAIN}/models`);
    this.validations = workResource(
      connection,
      this.jobs,
      `${EVALUATE}/validations/{expt_id?}/{run_id?}/{participant_id?}`,
    );
    this.predictions = workResource(connection, this.jobs, PREDICTIONS);
  }

  /** Checks that the TTP answers. Needs no token. */
  async health(): Promise<{ readonly status: string }> {
    return (await this.#connection.call('/healthz')) as unknown as { readonly status: string };
  }
}
