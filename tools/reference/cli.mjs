import {
  afterOf,
  apps,
  commandsOf,
  defaultOf,
  driver,
  fullName,
  meaningOf,
  optionsOf,
  table,
  usageOf,
} from './commands.mjs';

/** The reference of all command lines as Markdown. */
export function cliPage() {
  return [
    '# Command line',
    '',
    '<!-- Generated from the programs by `npm run docs`. -->',
    '',
    '`synergos` is the client: it calls the REST API of a TTP or a director. The other programs are servers. Their options',
    'are listed on one line each here; [configuration](configuration.md) has their environment variables and defaults.',
    '`--help` shows the same text in the terminal.',
    '',
    ...table(
      ['program', 'purpose'],
      [driver, ...apps].map((command) => [
        `[\`${command.name()}\`](#${anchor(command)})`,
        command.description(),
      ]),
    ),
    '',
    '## synergos',
    '',
    ...bodyOf(driver),
    ...commandsOf(driver).flatMap((group) => [
      '',
      `### ${fullName(group)}`,
      '',
      ...bodyOf(group),
      ...commandsOf(group).flatMap((command) => ['', `#### ${fullName(command)}`, '', ...bodyOf(command)]),
    ]),
    ...apps.flatMap((app) => [
      '',
      `## ${fullName(app)}`,
      '',
      sentence(app.description()),
      '',
      ...exampleOf(app),
      '',
      options(app),
    ]),
    '',
  ].join('\n');
}

function bodyOf(command) {
  const { more } = afterOf(command);
  const rows = optionsOf(command).map((option) => [
    `\`${option.flags}\``,
    meaningOf(option),
    defaultOf(option),
  ]);
  const commands = commandsOf(command);
  return [
    sentence(command.description()),
    '',
    ...exampleOf(command),
    ...(command.registeredArguments.length > 0
      ? [
          '',
          ...table(
            ['argument', 'meaning'],
            command.registeredArguments.map((one) => [`\`${one.name()}\``, one.description]),
          ),
        ]
      : []),
    ...(rows.length > 0 ? ['', ...table(['option', 'meaning', 'default'], rows)] : []),
    ...(commands.length > 0
      ? [
          '',
          ...table(
            ['command', 'purpose'],
            commands.map((one) => [
              `[\`${usageOf(one)}\`](#${anchor(one)})`,
              one.summary() || one.description(),
            ]),
          ),
        ]
      : []),
    ...(more === '' ? [] : ['', more]),
  ];
}

function exampleOf(command) {
  const { examples } = afterOf(command);
  return examples.length > 0 ? ['```sh', ...examples, '```'] : [];
}

function options(app) {
  return `Options: ${optionsOf(app)
    .map(({ flags }) => `\`${flags}\``)
    .join(', ')}.`;
}

function anchor(command) {
  return fullName(command).replaceAll(' ', '-');
}

function sentence(text) {
  const line = text.replaceAll('<', '&lt;');
  return `${line.charAt(0).toUpperCase()}${line.slice(1)}${line.endsWith('.') ? '' : '.'}`;
}
