import { createMemoryArtifactStore } from '@synergos/artifacts/conformance';
import { expect, it } from 'vitest';
import { grid, stepping } from './training-grid.js';

const PATH = 'c/p/e/r/global_model.safetensors';
const IDS = { collab_id: 'c', project_id: 'p', expt_id: 'e' };

it.each([
  ['of this machine', undefined],
  ['on another machine', createMemoryArtifactStore()],
])(
  'rejects a model with one flipped bit in validate, predict and start_from: a store %s',
  async (_, store) => {
    const options = { evaluates: true, ...(store && { artifacts: store }) };
    const { files, records, done } = await grid({ rounds: 1 }, { a: stepping(1) }, options);
    expect(await done('train')).toMatchObject({ state: 'completed' });
    const bytes = Uint8Array.from((await files.get(PATH)) ?? []);
    bytes[bytes.length - 1]! ^= 1;
    await files.put(PATH, bytes);
    await records.create('Run', { ...IDS, run_id: 'next' }, { start_from: { expt_id: 'e', run_id: 'r' } });
    const damaged = {
      state: 'failed',
      error: { code: 'run_damaged', message: expect.stringContaining(PATH) },
    };
    expect(await done('validate')).toMatchObject(damaged);
    expect(await done('predict', { participant_id: 'a', tags: [['data']] })).toMatchObject(damaged);
    expect(await done('train', { run_id: 'next' })).toMatchObject(damaged);
    bytes[bytes.length - 1]! ^= 1;
    await files.put(PATH, bytes);
    expect(await done('train', { run_id: 'next' })).toMatchObject({ state: 'completed' });
  },
);
