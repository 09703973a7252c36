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
    /** Issues a token for the participant's worker, valid for `expires_in` seconds or for ever. It replaces the old one. */
    async issueToken({ expires_in, ...ids }: ParticipantIds & TokenFields): Promise<ParticipantToken> {
      const { path } = fill(`${COLLECTION}/{participant_id}/token`, { ...ids });
      const body = expires_in === undefined ? {} : { expires_in };
      return (await connection.call(path, { method: 'POST', body })).data as ParticipantToken;
    },
    /** Reads whether the participant's worker is connected, and its software and hardware. */
    async status(ids: ParticipantIds): Promise<ParticipantStatus> {
      const { path } = fill('/ttp/participants/{participant_id}/status', { ...ids });
      return (await connection.call(path)).data as ParticipantStatus;
    },
  };
}
