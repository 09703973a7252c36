import type { FileHandle } from 'node:fs/promises';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.js';
import { createFileStore, removeUnfinishedWrites } from './local-file-store.js';

/** The disk is the one thing here that a test cannot really fill: a write of this many bytes finds it full. */
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

describe('a file store', () => {
  it('gives back what was written: bytes, text, or chunks one after another', async () => {
    const files = createFileStore(temporaryFolder());
    await files.write('a/b/bytes', Uint8Array.of(0, 255, 10));
    await files.write('a/text', 'loss: ½');
    await files.write('a/chunks', [
      Buffer.from('one '),
      Buffer.alloc(0),
      Buffer.from('two '),
      Buffer.from('three'),
    ]);
    await files.write('a/empty', []);
    expect([...((await files.read('a/b/bytes')) ?? [])]).toEqual([0, 255, 10]);
    expect(text(await files.read('a/text'))).toBe('loss: ½');
    expect(text(await files.read('a/chunks'))).toBe('one two three');
    expect(text(await files.read('a/empty'))).toBe('');
  });

  it('replaces a file by a shorter one whole', async () => {
    const files = createFileStore(temporaryFolder());
    await files.write('a', 'a long text');
    await files.write('a', 'short');
    expect(text(await files.read('a'))).toBe('short');
  });

  it('knows no file that was not written', async () => {
    const files = createFileStore(join(temporaryFolder(), 'not made yet'));
    expect(await files.read('a/b')).toBeUndefined();
    expect(await files.list('a')).toEqual([]);
    await files.remove('a');
  });

  it('lists the files directly below a path by name', async () => {
    const files = createFileStore(temporaryFolder());
    for (const name of ['run/b', 'run/a', 'run/checkpoints/1', 'other/c']) await files.write(name, name);
    expect(await files.list('run')).toEqual(['a', 'b']);
  });

  it('removes a file, or a folder with all in it', async () => {
    const files = createFileStore(temporaryFolder());
    for (const name of ['run/a', 'run/b', 'run/checkpoints/1', 'run2/a']) await files.write(name, name);
    await files.remove('run/a');
    expect(await files.list('run')).toEqual(['b']);
    await files.remove('run');
    expect(await files.read('run/checkpoints/1')).toBeUndefined();
    expect(await files.list('run2')).toEqual(['a']);
  });

  it.each(['../x', 'a/../../x', '/etc/passwd', 'a/../../store-2/x'])('refuses the path %s', async (path) => {
    const folder = temporaryFolder();
    const files = createFileStore(join(folder, 'store'));
    for (const attempt of [() => files.write(path, 'x'), () => files.read(path), () => files.remove(path)])
      await expect(attempt()).rejects.toMatchObject({ code: 'path_outside' });
    expect(() => files.locate(path)).toThrow(path);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(['', '.', 'a/..'])('neither overwrites nor removes itself by the path %j', async (path) => {
    const files = createFileStore(temporaryFolder());
    await files.write('kept', 'x');
    await expect(files.write(path, 'x')).rejects.toMatchObject({ code: 'path_outside' });
    await expect(files.remove(path)).rejects.toMatchObject({ code: 'path_outside' });
    expect(await files.list('')).toEqual(['kept']);
  });

  it('says so when the disk is full, and leaves what was there', async () => {
    const folder = temporaryFolder();
    const files = createFileStore(folder);
    await files.write('model', 'the last good one');
    const writing = files.write('model', [Buffer.alloc(10), Buffer.alloc(TOO_MUCH)]);
    await expect(writing).rejects.toMatchObject({ code: 'storage_full' });
    await expect(writing).rejects.toThrow(/no space left to write .*model/);
    expect(text(await files.read('model'))).toBe('the last good one');
    expect(readdirSync(folder)).toEqual(['model']);
  });

  it('leaves nothing behind where a write fails', async () => {
    const folder = temporaryFolder();
    const files = createFileStore(folder);
    await files.write('run/model', 'x');
    await expect(files.write('run', 'a file in the place of a folder')).rejects.toThrow(
      /EISDIR|ENOTEMPTY|EEXIST|EPERM/,
    );
    expect(readdirSync(folder)).toEqual(['run']);
  });

  it('lets the last of many writers win, whole', async () => {
    const files = createFileStore(temporaryFolder());
    const texts = Array.from({ length: 30 }, (_, by) => String(by).repeat(10_000));
    await Promise.all(texts.map((content) => files.write('same', content)));
    expect(texts).toContain(text(await files.read('same')));
    expect(await files.list('')).toEqual(['same']);
  });

  it('writes a file in pieces, in any order, which nobody sees before it is committed', async () => {
    const files = createFileStore(temporaryFolder());
    const writer = await files.create('run/model');
    await writer.write(Buffer.from('world'), 6);
    await writer.write(Buffer.from('hello '), 0);
    expect(await files.read('run/model')).toBeUndefined();
    await writer.commit();
    await writer.abort();
    expect(text(await files.read('run/model'))).toBe('hello world');
    const left = await files.create('run/other');
    await left.write(Buffer.from('half'), 0);
    await left.abort();
    expect(await files.list('run')).toEqual(['model']);
  });

  it('reads a file in pieces, and says so where it ends too early', async () => {
    const files = createFileStore(temporaryFolder());
    await files.write('model', 'hello world');
    expect(await files.open('nothing')).toBeUndefined();
    const reader = await files.open('model');
    const target = Buffer.alloc(5);
    await reader?.read(target, 6);
    expect([reader?.sizeBytes, target.toString()]).toEqual([11, 'world']);
    await expect(reader?.read(target, 8)).rejects.toMatchObject({ code: 'run_damaged' });
    await reader?.close();
  });

  it('copies a file and moves a folder, whole', async () => {
    const files = createFileStore(temporaryFolder());
    await files.write('a/model', 'x');
    await files.copy('a/model', 'b/c/model');
    expect(text(await files.read('b/c/model'))).toBe('x');
    await files.moveFolder('b/c', 'd/e');
    expect(await files.folders('')).toEqual(['a', 'b', 'd']);
    expect(await files.list('d/e')).toEqual(['model']);
    await expect(files.copy('nothing', 'z')).rejects.toThrow(/ENOENT/);
    expect(await files.list('')).toEqual([]);
  });

  it('tells the digest and size of a file', async () => {
    const files = createFileStore(temporaryFolder());
    await files.write('model', 'weights');
    // printf weights | sha256sum
    const sha256 = '9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c';
    expect(await files.digest('model')).toEqual({ sha256, size_bytes: 7 });
    expect(await files.digest('nothing')).toBeUndefined();
  });

  it('clears away what dead writers left, and nothing else', async () => {
    const folder = temporaryFolder();
    const files = createFileStore(folder);
    await files.write('run/model', 'x');
    const left = join(folder, 'run', '.tmp-01234567-89ab-cdef-0123-456789abcdef');
    writeFileSync(left, 'half');
    mkdirSync(join(folder, 'run', '.tmp-mine'));
    expect(await files.list('run')).toEqual(['model']);
    await removeUnfinishedWrites(folder);
    expect(existsSync(left)).toBe(false);
    expect(readdirSync(join(folder, 'run')).sort()).toEqual(['.tmp-mine', 'model']);
    await removeUnfinishedWrites(join(folder, 'nowhere'));
  });
});
