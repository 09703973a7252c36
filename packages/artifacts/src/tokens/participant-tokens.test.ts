import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { emptyDatabase } from '../../test/open-database.js';
import { temporaryFolder } from '../../test/temporary-folder.js';
import { openDatabase } from '../records/database.js';
import { createParticipantTokens } from './participant-tokens.js';

describe("a participant's token", () => {
  it('opens for its participant only', async () => {
    const tokens = createParticipantTokens(await emptyDatabase());
    const alice = await tokens.issue('alice');
    const bob = await tokens.issue('bob');
    expect(alice).toMatch(/^syn_w_[\w-]{43}$/);
    expect(await tokens.verify('alice', alice)).toBe('ok');
    expect(await tokens.verify('alice', bob)).toBe('wrong token');
    expect(await tokens.verify('carol', alice)).toBe('unknown participant');
  });

  it.each([undefined, '', 'syn_w_', 'x'.repeat(10_000)])('is not %j', async (wrong) => {
    const tokens = createParticipantTokens(await emptyDatabase());
    await tokens.issue('alice');
    expect(await tokens.verify('alice', wrong)).toBe('wrong token');
  });

  it('no longer holds when a newer one was issued or it was revoked', async () => {
    const tokens = createParticipantTokens(await emptyDatabase());
    const first = await tokens.issue('alice');
    const second = await tokens.issue('alice');
    expect(await tokens.verify('alice', first)).toBe('wrong token');
    expect(await tokens.verify('alice', second)).toBe('ok');
    await tokens.revoke('alice');
    expect(await tokens.verify('alice', second)).toBe('unknown participant');
  });

  it('is nowhere on the disk', async () => {
    const path = `${temporaryFolder()}/tokens.db`;
    const database = await openDatabase({ path });
    const token = await createParticipantTokens(database).issue('alice');
    await database.close();
    const bytes = readFileSync(path);
    expect(bytes.includes('alice')).toBe(true);
    expect(bytes.includes(token.slice('syn_w_'.length))).toBe(false);
  });
});
