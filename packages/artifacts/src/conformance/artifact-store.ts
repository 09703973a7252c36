import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ArtifactStore } from '../stores/artifact-store.js';
import { digestOf } from '../stores/digest.js';

/** One required behaviour of every implementation; `check` rejects if the subject does not have it. */
export interface Behaviour<Subject> {
  readonly behaviour: string;
  check(subject: Subject): Promise<void>;
}

const OUTSIDE = ['', '.', '..', '../x', 'a/..', 'a/../../x', 'a//b', 'a/', '/etc/passwd'];

async function text(store: ArtifactStore, key: string): Promise<string | undefined> {
  const bytes = await store.get(key);
  return bytes && Buffer.from(bytes).toString();
}

async function streamed(store: ArtifactStore, key: string, start: number, end?: number): Promise<string> {
  const stream = await store.stream(key, { start, end });
  assert.ok(stream);
  return Buffer.concat((await stream.toArray()) as Uint8Array[]).toString();
}

async function keys(store: ArtifactStore, prefix: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { key } of store.list(prefix)) found.push(key);
  return found.sort();
}

/** Required behaviours of an `ArtifactStore`; each check gets its own empty store. */
export const artifactStoreBehaviours: readonly Behaviour<ArtifactStore>[] = [
  {
    behaviour: 'returns what was stored: bytes, text, chunks, nothing at all',
    async check(store) {
      assert.equal(await store.put('a/b/bytes', Uint8Array.of(0, 255, 10)), true);
      await store.put('a/text', 'loss: ½');
      await store.put(
        'a/chunks',
        ['one ', '', 'two ', 'three'].map((part) => Buffer.from(part)),
      );
      await store.put('a/empty', []);
      assert.deepEqual([...((await store.get('a/b/bytes')) ?? [])], [0, 255, 10]);
      assert.equal(await text(store, 'a/text'), 'loss: ½');
      assert.equal(await text(store, 'a/chunks'), 'one two three');
      assert.equal(await text(store, 'a/empty'), '');
    },
  },
  {
    behaviour: 'stores a file of this machine and leaves the file in place',
    async check(store) {
      const folder = await mkdtemp(join(tmpdir(), 'synergos-store-'));
      try {
        const file = join(folder, 'model');
        await writeFile(file, 'weights');
        await store.put('run/model', { file });
        await writeFile(file, 'changed');
        assert.equal(await text(store, 'run/model'), 'weights');
        await assert.rejects(store.put('run/other', { file: join(folder, 'missing') }), { code: 'ENOENT' });
        assert.deepEqual(await keys(store, ''), ['run/model']);
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  },
  {
    behaviour: 'resolves with undefined for an artifact that was not stored',
    async check(store) {
      await store.put('run/model', 'x');
      for (const key of ['a', 'run', 'run/mod', 'run/model/x']) {
        assert.equal(await store.get(key), undefined);
        assert.equal(await store.head(key), undefined);
        assert.equal(await store.stream(key), undefined);
        await store.delete(key);
      }
      assert.equal(await digestOf(store, 'a'), undefined);
      await store.deleteFolder('other');
      assert.deepEqual(await keys(store, ''), ['run/model']);
    },
  },
  {
    behaviour: 'replaces an artifact by a shorter one as a whole and gives it another version',
    async check(store) {
      await store.put('a', 'a long text');
      const before = await store.head('a');
      await store.put('a', 'short');
      const after = await store.head('a');
      assert.equal(await text(store, 'a'), 'short');
      assert.deepEqual([before?.sizeBytes, after?.sizeBytes], [11, 5]);
      assert.notEqual(before?.version, after?.version);
      assert.ok(Math.abs(Date.now() - (after?.modifiedAt.getTime() ?? 0)) < 60_000);
      assert.equal((await store.head('a'))?.version, after?.version);
    },
  },
  {
    behaviour: 'stores nothing with ifAbsent if the key is taken',
    async check(store) {
      assert.equal(await store.put('a', 'first', { ifAbsent: true }), true);
      assert.equal(await store.put('a', 'second', { ifAbsent: true }), false);
      assert.equal(await text(store, 'a'), 'first');
      assert.deepEqual(await keys(store, ''), ['a']);
    },
  },
  {
    behaviour: 'lets exactly one of many writers with ifAbsent succeed',
    async check(store) {
      const contents = Array.from({ length: 20 }, (_, by) => String(by).repeat(1000));
      const stored = await Promise.all(
        contents.map((content) => store.put('same', content, { ifAbsent: true })),
      );
      assert.equal(stored.filter(Boolean).length, 1);
      assert.equal(await text(store, 'same'), contents[stored.indexOf(true)]);
    },
  },
  {
    behaviour: 'lets the last of many writers win, with its whole content',
    async check(store) {
      const contents = Array.from({ length: 30 }, (_, by) => String(by).repeat(10_000));
      await Promise.all(contents.map((content) => store.put('same', content)));
      assert.ok(contents.includes((await text(store, 'same')) ?? ''));
      assert.deepEqual(await keys(store, ''), ['same']);
    },
  },
  {
    behaviour: 'reads ranges, and leaves out what lies after the end',
    async check(store) {
      await store.put('model', 'hello world');
      for (const [start, end, expected] of [
        [0, 4, 'hello'],
        [6, undefined, 'world'],
        [6, 100, 'world'],
        [10, 10, 'd'],
        [11, undefined, ''],
        [20, 30, ''],
      ] as const) {
        assert.equal(Buffer.from((await store.get('model', { start, end })) ?? []).toString(), expected);
        assert.equal(await streamed(store, 'model', start, end), expected);
      }
    },
  },
  {
    behaviour: 'streams one version while the artifact is replaced and deleted',
    async check(store) {
      const size = 3_000_000;
      await store.put('model', Buffer.alloc(size, 1));
      const stream = await store.stream('model');
      await store.put('model', Buffer.alloc(size, 2));
      await store.delete('model');
      const bytes = Buffer.concat((await stream?.toArray()) as Uint8Array[]);
      assert.ok(bytes.equals(Buffer.alloc(size, 1)));
    },
  },
  {
    behaviour: 'lists the artifacts whose keys start with a prefix',
    async check(store) {
      const all = ['other/c', 'run/a', 'run/b', 'run/checkpoints/1', 'run2/a'];
      for (const key of all) await store.put(key, key);
      assert.deepEqual(await keys(store, ''), all);
      assert.deepEqual(await keys(store, 'run/'), ['run/a', 'run/b', 'run/checkpoints/1']);
      assert.deepEqual(await keys(store, 'run'), ['run/a', 'run/b', 'run/checkpoints/1', 'run2/a']);
      assert.deepEqual(await keys(store, 'run/c'), ['run/checkpoints/1']);
      assert.deepEqual(await keys(store, 'missing/'), []);
      for await (const info of store.list('run/a')) assert.deepEqual(info, await store.head('run/a'));
    },
  },
  {
    behaviour: 'deletes one artifact, or all of a folder and nothing else',
    async check(store) {
      for (const key of ['run/a', 'run/b', 'run/checkpoints/1', 'run2/a']) await store.put(key, key);
      await store.delete('run/a');
      assert.deepEqual(await keys(store, 'run/'), ['run/b', 'run/checkpoints/1']);
      await store.deleteFolder('run');
      assert.deepEqual(await keys(store, ''), ['run2/a']);
    },
  },
  {
    behaviour: 'rejects keys that are not plain relative paths, and does nothing',
    async check(store) {
      await store.put('kept', 'x');
      for (const key of OUTSIDE)
        for (const attempt of [
          () => store.put(key, 'y'),
          () => store.get(key),
          () => store.head(key),
          () => store.stream(key),
          () => store.delete(key),
          () => store.deleteFolder(key),
        ])
          await assert.rejects(attempt(), { code: 'path_outside' }, key);
      await assert.rejects(keys(store, '../'), { code: 'path_outside' });
      assert.deepEqual(await keys(store, ''), ['kept']);
    },
  },
  {
    behaviour: 'leaves the artifact as it was if the content fails midway',
    async check(store) {
      await store.put('model', 'the last good one');
      const failing = async function* () {
        yield Buffer.alloc(1000);
        await Promise.resolve();
        throw new Error('lost connection');
      };
      await assert.rejects(store.put('model', failing()), /lost connection/);
      assert.equal(await text(store, 'model'), 'the last good one');
      assert.deepEqual(await keys(store, ''), ['model']);
    },
  },
];
