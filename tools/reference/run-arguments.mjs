import { createRegistry, describeAlgorithms } from '@synergos/fed-algorithms';

const registry = createRegistry();

/** The components that a run selects, and its arguments, as Markdown. */
export function runArgumentsPage() {
  const algorithms = describeAlgorithms(registry);
  const common = algorithms[0].common_arguments.properties;
  const defaults = registry.argumentsSchema.parse({});
  return [
    '# Run arguments',
    '',
    '<!-- Generated from the registry of packages/fed-algorithms by `npm run docs`. -->',
    '',
    'A run selects an algorithm and its components by name. Plug-ins add to each list;',
    '`synergos algorithms` shows those of an installation. [Algorithms and aggregators](algorithms.md) has the formulas,',
    'and what each algorithm stores and sends.',
    '',
    '```json',
    '{ "run_id": "r", "algorithm": "FedProx", "rounds": 20, "aggregator": "trimmed-mean", "trim": 0.2 }',
    '```',
    '',
    '## Algorithms',
    '',
    ...table(
      ['algorithm', 'summary', 'own arguments', 'paper'],
      algorithms.map((one) => [
        one.name,
        one.summary,
        codes(Object.keys(one.arguments.properties ?? {})),
        one.paper ?? '',
      ]),
    ),
    '',
    '### Own arguments of algorithms',
    '',
    ...table(
      ['algorithm', 'argument', 'type', 'default', 'meaning'],
      algorithms.flatMap((one) =>
        Object.entries(one.arguments.properties ?? {}).map(([name, schema]) => [
          one.name,
          ...row(name, schema, schema.default),
        ]),
      ),
    ),
    ...section('Aggregators', '`aggregator`', registry.aggregators),
    ...section('Criteria', '`criterion`', registry.criteria),
    ...section('Optimizers', '`optimizer`', registry.optimizers),
    ...section('Schedulers', '`lr_scheduler`', registry.schedulers),
    ...section('Compressions', '`compression`', registry.compressions),
    '',
    '## Common arguments',
    '',
    'All runs accept these. An argument whose meaning starts with names has an effect only in runs that select one of them;',
    'other runs report it as ignored. An algorithm may have other defaults: `synergos algorithms NAME` shows them. Null',
    'stands for the default.',
    '',
    ...table(
      ['argument', 'type', 'default', 'meaning'],
      Object.entries(common).map(([name, schema]) => row(name, schema, defaults[name])),
    ),
    '',
  ].join('\n');
}

function section(title, argument, catalogue) {
  const components = catalogue.list();
  const hasPapers = components.some(({ paper }) => paper !== undefined);
  return [
    '',
    `## ${title}`,
    '',
    `Names of ${argument}:`,
    '',
    ...table(
      ['name', 'summary', 'arguments', ...(hasPapers ? ['paper'] : [])],
      components.map((one) => [
        one.name,
        one.summary,
        codes(Object.keys(one.arguments?.shape ?? {})),
        ...(hasPapers ? [one.paper ?? ''] : []),
      ]),
    ),
  ];
}

function row(name, schema, value) {
  return [`\`${name}\``, typeOf(schema), `\`${JSON.stringify(value ?? null)}\``, schema.description ?? ''];
}

/** `integer ≥ 1, ≤ 1000000` */
function typeOf(schema) {
  if (schema.enum !== undefined)
    return schema.enum.length > 6 ? 'a name' : schema.enum.map(String).join(', ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const variants = schema.anyOf ?? (schema.oneOf || undefined);
  if (variants !== undefined) return [...new Set(variants.map(typeOf))].join(' or ');
  if (schema.type === 'array') return `list of ${schema.items ? typeOf(schema.items) : numbersOf(schema)}`;
  const bounds = [
    ['≥', schema.minimum],
    ['>', schema.exclusiveMinimum],
    ['≤', schema.maximum],
    ['<', schema.exclusiveMaximum],
  ].flatMap(([sign, bound]) =>
    bound === undefined || Math.abs(bound) >= Number.MAX_SAFE_INTEGER ? [] : [`${sign} ${bound}`],
  );
  return [schema.type ?? 'any', bounds.join(', ')].filter(Boolean).join(' ');
}

function numbersOf({ prefixItems = [] }) {
  return [...new Set(prefixItems.map(typeOf))].join(' and ');
}

function codes(names) {
  return names.map((name) => `\`${name}\``).join(', ');
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
