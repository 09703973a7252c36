import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: '../../packages/artifacts/test/postgres-setup.ts',
    // Whole trainings by real processes, on machines that may be busy.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
