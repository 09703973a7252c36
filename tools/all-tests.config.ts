import { defineConfig } from 'vitest/config';

/** All tests of the workspace in one run with one summary. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    projects: ['packages/*', 'apps/*', 'examples/*', 'bench', 'tools/checks', 'tools/system-tests'],
    maxWorkers: 2,
  },
});
