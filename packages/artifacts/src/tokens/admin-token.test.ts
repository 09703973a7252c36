import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.js';
import { loadOrCreateAdminToken } from './admin-token.js';

describe('the admin token', () => {
  it('is created once, readable by its owner only', async () => {
    const folder = temporaryFolder();
    const file = `${folder}/data/admin-token`;
    const first = await loadOrCreateAdminToken(file);
    expect(first).toEqual({ token: expect.stringMatching(/^syn_a_[\w-]{43}$/) as string, created: true });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(`${folder}/data`)).toEqual(['admin-token']);
    expect(await loadOrCreateAdminToken(file)).toEqual({ token: first.token, created: false });
  });

  it('is the same for all processes that start at the same time', async () => {
    const file = `${temporaryFolder()}/admin-token`;
    const all = await Promise.all(Array.from({ length: 10 }, () => loadOrCreateAdminToken(file)));
    expect(new Set(all.map(({ token }) => token)).size).toBe(1);
    expect(all.filter(({ created }) => created)).toHaveLength(1);
  });

  it('may be written by the operator', async () => {
    const file = `${temporaryFolder()}/admin-token`;
    writeFileSync(file, '  my own token\n');
    expect(await loadOrCreateAdminToken(file)).toEqual({ token: 'my own token', created: false });
  });

  it('is never empty', async () => {
    const file = `${temporaryFolder()}/admin-token`;
    writeFileSync(file, '\n');
    await expect(loadOrCreateAdminToken(file)).rejects.toMatchObject({ code: 'empty_token_file' });
  });
});
