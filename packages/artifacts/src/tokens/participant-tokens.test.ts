import { describe, expect, it } from 'vitest';
import { describeEachDatabase, openEmpty } from '../../test/databases.js';
import { createParticipantTokens } from './participant-tokens.js';

describeEachDatabase((kind) => {
  describe("a participant's token", () => {
    it('is valid for its participant only', async () => {
      const tokens = createParticipantTokens(await openEmpty(kind));
      const alice = await tokens.issue('alice');
      const bob = await tokens.issue('bob');
      expect(alice).toMatch(/^syn_w_[\w-]{43}$/);
      expect(await tokens.verify('alice', alice)).toBe('ok');
      expect(await tokens.verify('alice', bob)).toBe('wrong token');
      expect(await tokens.verify('carol', alice)).toBe('unknown participant');
    });

    it.each([undefined, '', 'syn_w_', 'x'.repeat(10_000)])('is not %j', async (wrong) => {
      const tokens = createParticipantTokens(await openEmpty(kind));
      await tokens.issue('alice');
      expect(await tokens.verify('alice', wrong)).toBe('wrong token');
    });

    it('is invalid after a newer one was issued or it was revoked', async () => {
      const tokens = createParticipantTokens(await openEmpty(kind));
      const first = await tokens.issue('alice');
      const second = await tokens.issue('alice');
      expect(await tokens.verify('alice', first)).toBe('wrong token');
      expect(await tokens.verify('alice', second)).toBe('ok');
      await tokens.revoke('alice');
      expect(await tokens.verify('alice', second)).toBe('unknown participant');
    });

    it('is invalid after it has expired', async () => {
      let now = new Date('2026-03-01T12:00:00Z');
      const tokens = createParticipantTokens(await openEmpty(kind), { now: () => now });
      const expiresAt = new Date('2026-03-01T13:00:00Z');
      const token = await tokens.issue('alice', expiresAt);
      expect(await tokens.verify('alice', token)).toEqual({ validUntil: expiresAt.getTime() });
      now = expiresAt;
      expect(await tokens.verify('alice', token)).toBe('expired token');
      // An invalid token reveals nothing about the valid one.
      expect(await tokens.verify('alice', 'guessed')).toBe('wrong token');
      expect(await tokens.verify('alice', await tokens.issue('alice'))).toBe('ok');
    });

    it('is not stored in the database', async () => {
      const database = await openEmpty(kind);
      const token = await createParticipantTokens(database).issue('alice');
      const rows = JSON.stringify(
        await database.query.selectFrom('participant_tokens').selectAll().execute(),
      );
      expect(rows).toContain('alice');
      expect(rows).not.toContain(token.slice('syn_w_'.length));
    });
  });
});
