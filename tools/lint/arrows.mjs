/**
 * The packages and, for each, the packages it may import: the arrows of docs/architecture.md.
 * The lint configuration is generated from this object; `tools/checks/arrows.test.ts` proves that lint refuses every
 * other import. After a change, run `npm run lint:config`.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const arrows = {
  contract: [],
  'rpc-core': ['contract'],
  'fed-algorithms': ['contract'],
  artifacts: ['contract'],
  scaling: ['contract'],
  logging: ['contract'],
  driver: ['contract'],
  privacy: ['contract'],
  'command-line': ['contract', 'logging'],
  networks: ['contract', 'fed-algorithms'],
  participant: ['contract', 'rpc-core', 'fed-algorithms', 'networks', 'privacy'],
  orchestration: ['contract', 'rpc-core', 'fed-algorithms', 'networks', 'privacy', 'artifacts', 'scaling'],
  'rest-api': ['contract', 'artifacts', 'scaling'],
  'ttp-runtime': [
    'contract',
    'rpc-core',
    'fed-algorithms',
    'networks',
    'privacy',
    'artifacts',
    'scaling',
    'logging',
    'command-line',
    'orchestration',
  ],
};
