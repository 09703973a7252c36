import { Connection, type ConnectionOptions } from './connection.js';
import { jobsResource, type JobsResource } from './resources/jobs.js';
import { modelsResource } from './resources/models.js';
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
  ProjectFields,
  ProjectIds,
  RegistrationIds,
  RunFields,
  RunIds,
  ValidationFields,
} from './types.js';

export type DriverOptions = ConnectionOptions;

const CONNECT = '/ttp/connect/collaborations';
const PROJECTS = `${CONNECT}/{collab_id}/projects`;
const EXPERIMENTS = `${PROJECTS}/{project_id}/experiments`;
const TRAIN = '/ttp/train/collaborations/{collab_id}/projects/{project_id}';
const EVALUATE = '/ttp/evaluate/collaborations/{collab_id}/projects/{project_id}';

export interface AlignmentTarget extends ProjectIds {
  /** Fit the experiments' first and last layers to the aligned data; default true. */
  readonly auto_fix?: boolean;
}
/** A run, all runs of an experiment, or all of a project. */
export interface ValidationTarget extends ProjectIds {
  readonly expt_id?: string;
  readonly run_id?: string;
  readonly participant_id?: string;
}

/**
 * Drives a TTP over its REST API: records, phases, jobs. Ids and fields are named as in the API.
 * Whatever is not a success rejects with `SynergosError`.
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
  readonly validations: WorkResource<
    ValidationTarget,
    RegistrationIds & RunIds,
    ValidationTarget,
    ValidationFields
  >;
  readonly jobs: JobsResource;
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
    this.alignments = workResource(connection, this.jobs, `${TRAIN}/alignments`);
    this.models = modelsResource(connection, this.jobs, `${TRAIN}/models`);
    this.validations = workResource(
      connection,
      this.jobs,
      `${EVALUATE}/validations/{expt_id?}/{run_id?}/{participant_id?}`,
    );
  }

  /** Whether the TTP answers. Needs no token. */
  async health(): Promise<{ readonly status: string }> {
    return (await this.#connection.call('/healthz')) as unknown as { readonly status: string };
  }
}
