import { describe, it } from 'vitest';
import { jobStoreBehaviours } from './conformance/index.js';
import { createInMemoryJobStore } from './in-memory-job-store.js';

describe('jobs in memory', () => {
  for (const { behaviour, check } of jobStoreBehaviours) it(behaviour, () => check(createInMemoryJobStore()));
});
