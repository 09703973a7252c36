import type { Connection } from '../connection.js';
import { fill, queryOf } from '../paths.js';
import type {
  CollaborationFields,
  ParticipantFields,
  ProjectFields,
  RecordOf,
  RegistrationFields,
  RegistrationIds,
  TagFields,
} from '../types.js';
import { singleton, type CreateOptions, type ReadOptions } from './records.js';

const SINGLE =
  '/ttp/connect/collaborations/{collab_id}/projects/{project_id}/participants/{participant_id}/registration';

/** Restricts a list of registrations to a participant, a collaboration or a project. */
export interface RegistrationFilter {
  readonly collab_id?: string;
  readonly project_id?: string;
  readonly participant_id?: string;
}

/** A registration with the records that it connects. */
export interface RegistrationDetails {
  readonly collaboration: RecordOf<CollaborationFields>;
  readonly project: RecordOf<ProjectFields>;
  readonly participant: RecordOf<ParticipantFields>;
}
export type Registration = RecordOf<RegistrationFields> & RegistrationDetails;

export function registrationsResource(connection: Connection) {
  const single = singleton<RegistrationIds, RegistrationFields>(connection, SINGLE);
  return {
    create: (registration: RegistrationIds & RegistrationFields, options?: CreateOptions) =>
      single.create(registration, options) as Promise<Registration>,
    read: (ids: RegistrationIds, options?: ReadOptions) => single.read(ids, options) as Promise<Registration>,
    update: (change: RegistrationIds & Partial<RegistrationFields>) =>
      single.update(change) as Promise<Registration>,
    delete: single.delete,
    async readAll(filter: RegistrationFilter, options?: ReadOptions): Promise<readonly Registration[]> {
      const path = fill(listTemplate(filter), { ...filter }).path + queryOf(options);
      const all = (await connection.call(path)).data as readonly Registration[];
      const { participant_id: participant, project_id: project } = filter;
      return all.filter(
        ({ key }) =>
          (participant === undefined || key.participant_id === participant) &&
          (project === undefined || key.project_id === project),
      );
    },
  };
}

export function tagsResource(connection: Connection) {
  return singleton<RegistrationIds, TagFields>(connection, `${SINGLE}/tags`);
}

function listTemplate({ collab_id, project_id, participant_id }: RegistrationFilter): string {
  const collaboration = '/collaborations/{collab_id}';
  if (collab_id === undefined && participant_id === undefined)
    throw new TypeError('registrations are listed by collab_id or participant_id');
  const below = collab_id === undefined ? '' : collaboration;
  if (participant_id !== undefined) return `/ttp/connect/participants/{participant_id}${below}/registrations`;
  return `/ttp/connect${below}${project_id === undefined ? '' : '/projects/{project_id}'}/registrations`;
}
