import { describe, it } from 'vitest';
import { jobLeaseBehaviours, jobStoreBehaviours } from './conformance/index.js';
import { createInMemoryJobStore } from './in-memory-job-store.js';

describe('a job store in memory', () => {
  for (const { behaviour, check } of [...jobStoreBehaviours, ...jobLeaseBehaviours])
    it(behaviour, () => check(createInMemoryJobStore()));
});
