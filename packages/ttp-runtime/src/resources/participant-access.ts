import { createParticipantTokens, type Database } from '@synergos/artifacts';

/** Issues and revokes tokens of participants. A participant's worker is disconnected whenever its token changes. */
export function createParticipantAccess(
  database: Database,
  disconnect: (participant: string) => Promise<void> | void,
) {
  const tokens = createParticipantTokens(database);
  return {
    async issueToken(participant: string, expiresAt?: Date): Promise<string> {
      const token = await tokens.issue(participant, expiresAt);
      await disconnect(participant);
      return token;
    },
    async revokeToken(participant: string): Promise<void> {
      await tokens.revoke(participant);
      await disconnect(participant);
    },
  };
}
