import { describe, it } from 'vitest';
import { artifactStoreBehaviours, createMemoryArtifactStore } from './index.js';

describe('an artifact store in memory', () => {
  for (const { behaviour, check } of artifactStoreBehaviours)
    it(behaviour, () => check(createMemoryArtifactStore()));
});
