import { arrows } from './arrows.mjs';

const seeArrows = 'see the arrows in docs/architecture.md';

/** Private packages of `tools/` for tests; `tools/checks/published.test.ts` keeps them out of published code. */
const testTools = ['fault-proxy', 'services'];

/** Lint of one package's sources: its arrows, no container, no path into another package. */
function imports(/** @type {string} */ name, /** @type {readonly string[]} */ allowed) {
  const permitted = allowed.length === 0 ? 'no other package' : `only ${allowed.join(', ')}`;
  return {
    files: [`packages/${name}/src/**`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: [
                '@synergos/*',
                '@synergos/*/**',
                ...[...allowed, ...testTools].flatMap((other) => [
                  `!@synergos/${other}`,
                  `!@synergos/${other}/**`,
                ]),
              ],
              message: `packages/${name} may import ${permitted}: ${seeArrows}.`,
            },
            {
              group: ['tsyringe', 'reflect-metadata'],
              message: `Packages take constructor arguments; the container belongs to the apps: ${seeArrows}.`,
            },
            {
              group: ['**/packages/**', '**/apps/**', '../**/src/**', '../**/dist/**'],
              message: 'Import another package by its name, not by a path.',
            },
          ],
        },
      ],
    },
  };
}

/** The lint configuration of the workspace; `.oxlintrc.json` is this object, written by `npm run lint:config`. */
export const config = {
  $schema: './node_modules/oxlint/configuration_schema.json',
  plugins: ['typescript', 'import', 'unicorn', 'node', 'promise'],
  categories: {
    correctness: 'error',
    suspicious: 'error',
  },
  env: {
    node: true,
    es2024: true,
  },
  ignorePatterns: [
    '**/dist/**',
    '**/node_modules/**',
    '**/fixtures/*.json',
    'packages/fed-algorithms/kernel/**',
  ],
  rules: {
    'unicorn/require-post-message-target-origin': 'off',
    'unicorn/prefer-add-event-listener': 'off',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/await-thenable': 'error',
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    'no-console': 'off',
    eqeqeq: [
      'error',
      'always',
      {
        null: 'ignore',
      },
    ],
    'max-lines': [
      'error',
      {
        max: 400,
      },
    ],
    'typescript/no-unsafe-type-assertion': 'off',
    'unicorn/no-array-sort': 'off',
    'import/no-named-as-default-member': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'eslint/no-control-regex': 'off',
    'eslint/no-new': 'off',
    'typescript/consistent-return': 'off',
    'promise/always-return': 'off',
    'typescript/no-extraneous-class': 'off',
    'unicorn/no-array-reverse': 'off',
    'eslint/no-shadow': 'off',
    'import/no-unassigned-import': 'off',
    'typescript/unbound-method': 'off',
    'typescript/no-base-to-string': 'off',
    'typescript/require-array-sort-compare': 'off',
    'eslint/no-unmodified-loop-condition': 'off',
    'typescript/no-misused-spread': 'off',
    'unicorn/no-useless-spread': 'off',
    'eslint/no-underscore-dangle': [
      'error',
      {
        allow: ['_type', '_value'],
      },
    ],
  },
  overrides: [
    ...Object.entries(arrows).map(([name, allowed]) => imports(name, allowed)),
    {
      files: ['**/*.test.ts', '**/test/**', '**/conformance/**', 'tools/**'],
      rules: {
        'typescript/no-non-null-assertion': 'off',
        'typescript/unbound-method': 'off',
        'typescript/no-unnecessary-type-assertion': 'off',
      },
    },
    {
      files: ['examples/plugin-*/**', 'vitest.config.ts', 'tools/system-tests/fixtures/**'],
      rules: {
        'import/no-default-export': 'off',
      },
    },
  ],
};
