import { defaultServerConditions } from 'vite';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/** Packages resolve each other to their sources: `exports` in their package.json. */
const condition = '@synergos/source';
const conditions = [condition, ...defaultServerConditions];
const nodeOptions = [
  `--conditions=${condition}`,
  `--import=${new URL('tools/source/register.mjs', import.meta.url).href}`,
];

/** Tests on sources; the processes and threads that they start run on sources, too. */
function onSources(
  name: string,
  include: string[],
  globalSetup: string[] = [],
): TestProjectInlineConfiguration {
  const env = { NODE_OPTIONS: nodeOptions.join(' ') };
  return { extends: true, test: { name, include, globalSetup, execArgv: nodeOptions, env } };
}

/** Tests on sources; the processes that they start run on the build. */
function onBuild(
  name: string,
  include: string[],
  globalSetup: string[] = [],
): TestProjectInlineConfiguration {
  return { extends: true, test: { name, include, globalSetup } };
}

const rabbitmq = 'packages/scaling/test/rabbitmq-setup.ts';
const postgres = 'packages/artifacts/test/postgres-setup.ts';

/** All tests of the workspace. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // One limit for all, for busy machines; a test that needs more says so itself.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      onSources('packages', ['{packages/!(artifacts|scaling),apps/*,examples/plugin-*}/**/*.test.ts']),
      onSources('artifacts', ['packages/artifacts/**/*.test.ts'], [postgres]),
      onSources('scaling', ['packages/scaling/**/*.test.ts'], [rabbitmq]),
      onBuild('programs', ['{examples/!(plugin-*),bench,tools/checks}/**/*.test.ts']),
      onBuild('system', ['tools/system-tests/**/*.test.ts'], [postgres]),
    ],
  },
});
