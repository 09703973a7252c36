import { apps, defaultOf, meaningOf, optionsOf, table } from './commands.mjs';

/** The reference of options and environment variables as Markdown. */
export function configurationPage() {
  return [
    '# Configuration',
    '',
    '<!-- Generated from the programs by `npm run docs`. -->',
    '',
    'Each option of a program has an environment variable. The option takes precedence. The names of options may be written',
    'with `-` or `_`. There is no configuration file.',
    '',
    '```sh',
    'synergos-basic --data-dir ./ttp/data --keep-checkpoints 5',
    'SYNERGOS_DATA_DIR=./ttp/data SYNERGOS_KEEP_CHECKPOINTS=5 synergos-basic    # the same',
    '```',
    '',
    'A variable holds the whole value of an option that takes several words: `SYNERGOS_QUEUE="rabbitmq mq 5672"`.',
    'The variable of a switch is `true` or `false` (also 1, 0, yes, no, on, off); another value is refused.',
    '',
    '## Options of several programs',
    '',
    'An option has the same meaning in each of the programs that the table names.',
    '',
    ...optionsTable(shared),
    ...apps.flatMap((app) => [
      '',
      `## ${app.name()}`,
      '',
      `Further options of \`${app.name()}\`:`,
      '',
      ...optionsTable(entries.filter(({ programs }) => programs.length === 1 && programs[0] === app.name())),
    ]),
    '',
    '## synergos',
    '',
    'The client reads these variables; [its options](cli.md#synergos) take precedence.',
    '',
    ...table(
      ['variable', 'meaning'],
      [
        [
          '`SYNERGOS_URL`',
          'address of the REST API, `http(s)://host:5000`; it may hold the token as its password',
        ],
        ['`SYNERGOS_TOKEN`', 'admin token'],
        [
          '`XDG_CONFIG_HOME`',
          'folder above `synergos/config.json`, where `synergos login` saves address and token (default: `~/.config`)',
        ],
      ],
    ),
    '',
    '## Variables of other software',
    '',
    ...table(['variable', 'read by', 'meaning'], others),
    '',
  ].join('\n');
}

const others = [
  [
    '`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`',
    'worker, driver',
    'forward proxy, see [reverse proxy](../operations/reverse-proxy.md#a-worker-behind-a-companys-proxy)',
  ],
  ['`NODE_EXTRA_CA_CERTS`', 'all programs', 'PEM file of a further certificate authority'],
  ['`PGPASSWORD`', 'TTP, director', 'password of PostgreSQL'],
  [
    '`MLFLOW_TRACKING_USERNAME`, `MLFLOW_TRACKING_PASSWORD`, `MLFLOW_TRACKING_TOKEN`',
    'TTP, director',
    'credentials of the servers of `--mlflow-host`',
  ],
  ['`SYNERGOS_GIT_COMMIT`', 'TTP, director', 'commit that MLflow shows, outside of a checkout'],
];

/** Each option once, with the programs in which it has this meaning. */
const entries = [];
for (const app of apps)
  for (const option of optionsOf(app)) {
    const cells = [`\`${option.flags}\``, `\`${option.envVar}\``, defaultOf(option), meaningOf(option)];
    const known = entries.find((entry) => entry.cells.join() === cells.join());
    if (known) known.programs.push(app.name());
    else entries.push({ cells, programs: [app.name()] });
  }
const servers = apps.filter((app) => !app.name().includes(' ')).length;
const shared = entries.filter(({ programs }) => programs.length > 1);

function optionsTable(some) {
  const isShared = some.some(({ programs }) => programs.length > 1);
  const rows = some.map(({ cells, programs }) => [...cells, isShared ? programsText(programs) : '']);
  return table(['option', 'variable', 'default', 'meaning', 'programs'], rows);
}

function programsText(programs) {
  return programs.length === servers
    ? 'all'
    : programs.map((name) => name.replace('synergos-', '')).join(', ');
}
