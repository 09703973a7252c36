import { expect, it } from 'vitest';
import { createMemoryArtifactStore } from '../conformance/index.js';
import { digestOf } from './digest.js';

it('computes the SHA-256 and the size of an artifact', async () => {
  const store = createMemoryArtifactStore();
  await store.put('model', 'weights');
  // printf weights | sha256sum
  const sha256 = '9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c';
  expect(await digestOf(store, 'model')).toEqual({ sha256, size_bytes: 7 });
});
