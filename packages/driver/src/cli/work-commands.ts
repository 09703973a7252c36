import type { Command } from 'commander';
import { act, addCommand, type Options } from './commands.js';
import { requireContributions } from './dropped.js';
import { addFieldOptions, takeFields } from './fields.js';
import { progressWatcher, follow } from './follow.js';
import { addIdOptions, takeIds } from './ids.js';
import { refuseGaps } from './targets.js';
import type { Session } from './session.js';
import type { Shell } from './shell.js';
import { tableText } from './table.js';
import type { WorkKind } from './work-kinds.js';

/** Options of an example in addition to the ids. */
const MORE = {
  optimizations:
    ' --search-space \'{"lr": {"_type": "loguniform", "_value": [0.001, 1]}, "rounds": 5}\' --trials 20',
} as Readonly<Record<string, string>>;

const SAMPLES = {
  alignments: '--collab heart --project risk',
  models: '--collab heart --project risk --expt mlp --run r1',
  optimizations: '--collab heart --project risk --expt mlp',
  validations: '--collab heart --project risk --expt mlp --run r1',
  predictions: '--participant hospital-1 --collab heart --project risk',
} as Readonly<Record<string, string>>;

/** Adds the command that starts one kind of job, and `list`. Returns their group. */
export function addWorkCommands(program: Command, shell: Shell, kind: WorkKind): Command {
  const { name, verb, about, required, optional, flags, fields } = kind;
  const sample = `synergos ${name} ${verb} ${SAMPLES[name] ?? ''}${MORE[name] ?? ''}`;
  const group = addCommand(program, name, about, [
    sample,
    `synergos ${name} list ${SAMPLES[name] ?? ''} --json`,
  ]);
  const idsOf = (options: Options) => {
    const ids = takeIds(required, optional, { options });
    refuseGaps(optional, ids);
    return ids;
  };
  const show = async ({ driver, show: print, style }: Session, ids: object) => {
    const columns = Object.entries(kind.columns).map(([title, value]) => ({ title, value }));
    print(await kind.calls(driver).readAll(ids), (records) => {
      const table = tableText(records as never, columns, { style, none: `no ${name}` });
      const details = kind.details?.(records as never, style) ?? '';
      return details === '' ? table : `${table}\n\n${details}`;
    });
  };

  const start = addCommand(group, verb, `${verb} ${name}, wait until they are done and show them`, [
    sample,
    `${sample} --detach --json`,
  ]);
  addIdOptions(start, required, optional);
  for (const { flag, about: does } of flags) start.option(flag, does);
  addFieldOptions(start, fields);
  start.option('--detach', 'do not wait; print the ids of the jobs');
  act(shell, start, async (session, options) => {
    const ids = idsOf(options);
    const switches = flags.map(({ name: field }) => [field, options[camelCase(field)] !== false]);
    const target = {
      ...ids,
      ...Object.fromEntries(switches),
      ...(await takeFields(fields, options, session.input)),
    };
    const begin = () => kind.calls(session.driver).start(target);
    if (options.detach === true)
      return session.show(await begin(), (jobs) => jobs.join('\n') || session.style.dim('nothing to do'));
    const jobs = await follow(session, begin, progressWatcher(session));
    await show(session, ids);
    requireContributions(jobs);
  });

  const list = addCommand(group, 'list', `list ${name}`, [
    `synergos ${name} list ${SAMPLES[name] ?? ''}`,
    `synergos ${name} list ${SAMPLES[name] ?? ''} --json`,
  ]);
  addIdOptions(list, required, optional);
  act(shell, list, (session, options) => show(session, idsOf(options)));
  return group;
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());
}
