import type { Command } from 'commander';
import { addBodyOptions, takeBody } from './body.js';
import { act, addCommand, type Options } from './commands.js';
import { WrongUse } from './failures.js';
import { addIdArgument, addIdOptions, takeIds, type IdName } from './ids.js';
import type { RecordKind } from './record-kinds.js';
import { listText, recordText, removedText } from './record-view.js';
import type { Session } from './session.js';
import type { Shell } from './shell.js';

const SAMPLE_IDS = {
  collab_id: '--collab heart',
  project_id: '--project risk',
  expt_id: '--expt mlp',
  run_id: '--run r1',
  participant_id: '--participant hospital-1',
} as const;

/** Adds the commands create, read, list, update and delete for one kind of record. Returns their group. */
export function addRecordCommands(program: Command, shell: Shell, kind: RecordKind): Command {
  const { name, noun, about, ids, fields, listIds, example } = kind;
  const own = ids.at(-1)!;
  const sample = (command: string, ...rest: string[]) => ['synergos', name, command, ...rest].join(' ');
  const parents = ids.slice(0, -1).map((id) => SAMPLE_IDS[id]);
  const one = [SAMPLE_IDS[own].split(' ')[1] ?? '', ...parents];
  const group = addCommand(program, name, about, [
    sample('create', ...one, example),
    sample('list', ...listIds[0].map((id) => SAMPLE_IDS[id])),
  ]);

  const single = (command: string, does: string, ...rest: string[]) => {
    const added = addCommand(group, command, does, [
      sample(command, ...one, ...rest),
      sample(command, ...parents, SAMPLE_IDS[own], ...rest, '--json'),
    ]);
    addIdArgument(added, own);
    addIdOptions(added, ids);
    return added;
  };
  const idsOf = (options: Options, value: string | undefined, body: Options = {}) =>
    takeIds(ids, [], { options, own: { name: own, value }, body });

  const create = single('create', `create ${article(noun)}`, example);
  addBodyOptions(create, fields);
  create.option('--overwrite', 'replace the record with this id; records below it stay');
  act(shell, create, async (session, options, value) => {
    const body = await takeBody(fields, options, session.input);
    const overwrite = options.overwrite === true ? { overwrite: true } : {};
    const record = { ...body, ...idsOf(options, value, body) };
    showWritten(session, body, await kind.calls(session.driver).create(record, overwrite));
  });

  act(shell, single('read', `show ${article(noun)}`), async (session, options, value) => {
    const record = await kind.calls(session.driver).read(idsOf(options, value));
    session.show(record, (shown) => recordText(shown, session));
  });

  const list = addCommand(group, 'list', `list ${name}`, [
    sample('list', ...listIds[0].map((id) => SAMPLE_IDS[id])),
    sample('list', ...[...listIds[0], ...listIds[1].slice(0, 1)].map((id) => SAMPLE_IDS[id]), '--json'),
  ]);
  addIdOptions(list, ...listIds);
  act(shell, list, async (session, options) => {
    const given = takeIds(...listIds, { options });
    if (listIds[1].length > 0 && given.collab_id === undefined && given.participant_id === undefined)
      throw new WrongUse(`--collab or --participant is missing: give one of them to list ${name}`);
    const records = await kind.calls(session.driver).list(given);
    session.show(records, (shown) => listText(kind, shown, session));
  });

  const update = single('update', `change fields of ${article(noun)}`, example);
  addBodyOptions(update, fields);
  act(shell, update, async (session, options, value) => {
    const body = await takeBody(fields, options, session.input);
    const changes = Object.keys(body).filter((field) => !ids.includes(field as IdName));
    if (changes.length === 0) throw new WrongUse('nothing to change: give a field by its option or by --set');
    const change = { ...body, ...idsOf(options, value, body) };
    showWritten(session, body, await kind.calls(session.driver).update(change));
  });

  act(
    shell,
    single('delete', `delete ${article(noun)} and all records below`),
    async (session, options, value) => {
      const record = await kind.calls(session.driver).delete(idsOf(options, value));
      session.show(record, (shown) => removedText(shown));
    },
  );
  return group;
}

/** Shows a written record, and notes the fields of `body` that the TTP does not know: it ignores them. */
function showWritten(session: Session, body: Options, record: object): void {
  const unknown = Object.keys(body).filter((name) => body[name] !== null && !(name in record));
  if (unknown.length > 0) session.note(`note: the TTP ignored unknown fields: ${unknown.join(', ')}`);
  session.show(record, (shown) => recordText(shown, session, body));
}

function article(noun: string): string {
  if (noun.endsWith('s')) return noun;
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}
