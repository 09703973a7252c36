import type { FileHandle } from 'node:fs/promises';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.js';
import { artifactStoreBehaviours } from '../conformance/index.js';
import { createLocalStore, removeUnfinishedWrites } from './local-store.js';

/** Tests cannot fill a disk: a write of this number of bytes fails with a full disk. */
const TOO_MUCH = 4321;
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const open: typeof real.open = async (...args) => {
    const file: FileHandle = await real.open(...args);
    const write = file.write.bind(file) as (...args: unknown[]) => Promise<never>;
    return Object.assign(file, {
      write: async (bytes: Uint8Array, ...more: unknown[]) => {
        if (bytes.length === TOO_MUCH)
          throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
        return write(bytes, ...more);
      },
    });
  };
  return { ...real, open };
});

const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();

describe('a local store', () => {
  for (const { behaviour, check } of artifactStoreBehaviours)
    it(behaviour, () => check(createLocalStore(join(temporaryFolder(), 'made when it is written to'))));

  it('never writes outside its directory', async () => {
    const folder = temporaryFolder();
    const store = createLocalStore(join(folder, 'store'));
    for (const key of ['../x', 'a/../../x', '/etc/passwd', 'a/../../store-2/x']) {
      await expect(store.put(key, 'x')).rejects.toMatchObject({ code: 'path_outside' });
      expect(() => store.localFile(key)).toThrow(key);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it('reports a full disk, and keeps the previous file', async () => {
    const folder = temporaryFolder();
    const store = createLocalStore(folder);
    await store.put('model', 'the last good one');
    const writing = store.put('model', [Buffer.alloc(10), Buffer.alloc(TOO_MUCH)]);
    await expect(writing).rejects.toMatchObject({ code: 'storage_full' });
    await expect(writing).rejects.toThrow(/no space left to write .*model/);
    expect(text(await store.get('model'))).toBe('the last good one');
    expect(readdirSync(folder)).toEqual(['model']);
  });

  it('leaves no temporary file after a failed write', async () => {
    const folder = temporaryFolder();
    const store = createLocalStore(folder);
    await store.put('run/model', 'x');
    await expect(store.put('run', 'a file in the place of a folder')).rejects.toThrow(
      /EISDIR|ENOTEMPTY|EEXIST|EPERM/,
    );
    expect(readdirSync(folder)).toEqual(['run']);
  });

  it('writes a file in pieces, in any order, and shows it after the commit', async () => {
    const store = createLocalStore(temporaryFolder());
    const writer = await store.create('run/model');
    await writer.write(Buffer.from('world'), 6);
    await writer.write(Buffer.from('hello '), 0);
    expect(await store.get('run/model')).toBeUndefined();
    await writer.commit();
    await writer.abort();
    expect(text(await store.get('run/model'))).toBe('hello world');
    const left = await store.create('run/other');
    await left.write(Buffer.from('half'), 0);
    await left.abort();
    expect(readdirSync(store.localFile('run'))).toEqual(['model']);
  });

  it('reads a file in pieces, and rejects if it ends too early', async () => {
    const store = createLocalStore(temporaryFolder());
    await store.put('model', 'hello world');
    expect(await store.open('nothing')).toBeUndefined();
    const reader = await store.open('model');
    const target = Buffer.alloc(5);
    await reader?.read(target, 6);
    expect([reader?.sizeBytes, target.toString()]).toEqual([11, 'world']);
    await expect(reader?.read(target, 8)).rejects.toMatchObject({ code: 'run_damaged' });
    await reader?.close();
  });

  it('copies a file and moves a folder', async () => {
    const store = createLocalStore(temporaryFolder());
    await store.put('a/model', 'x');
    await store.copy('a/model', 'b/c/model');
    expect(text(await store.get('b/c/model'))).toBe('x');
    await store.moveFolder('b/c', 'd/e');
    expect(readdirSync(store.localFile('d/e'))).toEqual(['model']);
    await expect(store.copy('nothing', 'z')).rejects.toThrow(/ENOENT/);
    expect(await store.head('z')).toBeUndefined();
  });

  it('removes the unfinished writes of dead processes, and nothing else', async () => {
    const folder = temporaryFolder();
    const store = createLocalStore(folder);
    await store.put('run/model', 'x');
    const left = join(folder, 'run', '.tmp-01234567-89ab-cdef-0123-456789abcdef');
    writeFileSync(left, 'half');
    mkdirSync(join(folder, 'run', '.tmp-mine'));
    writeFileSync(join(folder, 'run', '.tmp-mine', 'a'), 'x');
    const keys: string[] = [];
    for await (const { key } of store.list('')) keys.push(key);
    expect(keys.sort()).toEqual(['run/.tmp-mine/a', 'run/model']);
    await removeUnfinishedWrites(folder);
    expect(existsSync(left)).toBe(false);
    expect(readdirSync(join(folder, 'run')).sort()).toEqual(['.tmp-mine', 'model']);
    await removeUnfinishedWrites(join(folder, 'nowhere'));
  });
});
