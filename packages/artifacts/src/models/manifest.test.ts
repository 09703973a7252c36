import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.js';
import { createLocalStore } from '../stores/local-store.js';
import { globalDigest, lineage, readManifest, writeManifest, type ModelManifest } from './manifest.js';
import { globalModelFile, manifestFile, type RunIds } from './run-files.js';

const idsOf = (run: string): RunIds => ({ collab: 'c', project: 'p', expt: 'e', run });

async function train(
  files: ReturnType<typeof createLocalStore>,
  run: string,
  content: string,
  parent: ModelManifest['parent'] = null,
): Promise<ModelManifest> {
  await files.put(globalModelFile(idsOf(run)), content);
  const manifest = {
    run: idsOf(run),
    job: 'job',
    created_at: '2026-01-01T00:00:00.000Z',
    algorithm: 'FedAvg',
    arguments: { rounds: 3 },
    model: [],
    rounds: 3,
    parent,
    participants: { alice: { data_version: 'v1' } },
  };
  return writeManifest(files, manifest, { 'global_model.safetensors': {} });
}

describe('a manifest', () => {
  it('stores the digests of the files it names and is read back unchanged', async () => {
    const files = createLocalStore(temporaryFolder());
    const written = await train(files, 'r', 'weights');
    // printf weights | sha256sum
    expect(globalDigest(written)).toBe('9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c');
    expect(written.files['global_model.safetensors']?.size_bytes).toBe(7);
    expect(await readManifest(files, idsOf('r'))).toEqual(written);
    expect(await readManifest(files, idsOf('s'))).toBeUndefined();
  });

  it('is not written over a file that is missing', async () => {
    const files = createLocalStore(temporaryFolder());
    const manifest = await train(files, 'r', 'weights');
    const writing = writeManifest(files, manifest, { 'local_model_bob.safetensors': {} });
    await expect(writing).rejects.toMatchObject({ code: 'run_damaged' });
  });

  it.each(['not JSON', '{}', '{"format": "synergos-model/2"}'])(
    'is refused if its text is %s',
    async (text) => {
      const files = createLocalStore(temporaryFolder());
      await files.put(manifestFile(idsOf('r')), text);
      await expect(readManifest(files, idsOf('r'))).rejects.toMatchObject({ code: 'run_damaged' });
    },
  );

  it('is refused before it is parsed if it is nested 50,000 levels deep', async () => {
    const files = createLocalStore(temporaryFolder());
    const nested = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    await files.put(manifestFile(idsOf('r')), `{"arguments": ${nested}}`);
    await expect(readManifest(files, idsOf('r'))).rejects.toThrow('nested more than 32 levels deep');
  });
});

describe('the lineage of a model', () => {
  it('follows the parents, and ends if a parent was trained again or was deleted', async () => {
    const files = createLocalStore(temporaryFolder());
    const childOf = (manifest: ModelManifest) => ({
      run: manifest.run,
      sha256: globalDigest(manifest) ?? '',
    });
    const first = await train(files, 'first', 'one');
    const second = await train(files, 'second', 'two', childOf(first));
    await train(files, 'third', 'three', childOf(second));
    const line = async () => (await lineage(files, idsOf('third'))).map(({ run }) => run.run);
    expect(await line()).toEqual(['third', 'second', 'first']);
    await train(files, 'first', 'one, trained anew');
    expect(await line()).toEqual(['third', 'second']);
    await files.delete(manifestFile(idsOf('second')));
    expect(await line()).toEqual(['third']);
  });

  it('ends if a run was trained from itself', async () => {
    const files = createLocalStore(temporaryFolder());
    const sha256 = globalDigest(await train(files, 'r', 'weights')) ?? '';
    await train(files, 'r', 'weights', { run: idsOf('r'), sha256 });
    expect(await lineage(files, idsOf('r'))).toHaveLength(1);
  });
});
