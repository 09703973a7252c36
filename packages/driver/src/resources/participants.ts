import type { Connection } from '../connection.js';
import { fill } from '../paths.js';
import type {
  ParticipantFields,
  ParticipantIds,
  ParticipantStatus,
  ParticipantToken,
  TokenFields,
} from '../types.js';
import { recordResource } from './records.js';

const COLLECTION = '/ttp/connect/participants';

export function participantsResource(connection: Connection) {
  return {
    ...recordResource<ParticipantIds, object, ParticipantFields>(connection, COLLECTION, 'participant_id'),
    /** A token for the participant's worker, for so many seconds or for ever; an older one no longer holds. */
    async issueToken({ expires_in, ...ids }: ParticipantIds & TokenFields): Promise<ParticipantToken> {
      const { path } = fill(`${COLLECTION}/{participant_id}/token`, { ...ids });
      const body = expires_in === undefined ? {} : { expires_in };
      return (await connection.call(path, { method: 'POST', body })).data as ParticipantToken;
    },
    /** Whether the participant's worker is connected, and what it runs on. */
    async status(ids: ParticipantIds): Promise<ParticipantStatus> {
      const { path } = fill('/ttp/participants/{participant_id}/status', { ...ids });
      return (await connection.call(path)).data as ParticipantStatus;
    },
  };
}
