import type { Connection } from '../connection.js';
import { fill } from '../paths.js';
import type { ParticipantFields, ParticipantIds, ParticipantStatus, ParticipantToken } from '../types.js';
import { recordResource } from './records.js';

const COLLECTION = '/ttp/connect/participants';

export function participantsResource(connection: Connection) {
  return {
    ...recordResource<ParticipantIds, object, ParticipantFields>(connection, COLLECTION, 'participant_id'),
    /** A token for the participant's worker; an older one no longer holds. */
    async issueToken(ids: ParticipantIds): Promise<ParticipantToken> {
      const { path } = fill(`${COLLECTION}/{participant_id}/token`, { ...ids });
      return (await connection.call(path, { method: 'POST' })).data as ParticipantToken;
    },
    /** Whether the participant's worker is connected, and what it runs on. */
    async status(ids: ParticipantIds): Promise<ParticipantStatus> {
      const { path } = fill('/ttp/participants/{participant_id}/status', { ...ids });
      return (await connection.call(path)).data as ParticipantStatus;
    },
  };
}
