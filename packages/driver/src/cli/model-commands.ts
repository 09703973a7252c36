import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import type { ModelManifest, ProjectIds, RunIds } from '../types.js';
import { act, addCommand, type Options } from './commands.js';
import { WrongUse } from './failures.js';
import { addIdOptions, takeIds, type IdName } from './ids.js';
import { addOutputOptions, saveOutput } from './output-file.js';
import { recordText } from './record-view.js';
import type { Session } from './session.js';
import type { Shell } from './shell.js';
import { tableText } from './table.js';
import { printable, valueText } from './text.js';
import { whenText } from './times.js';

const project: readonly IdName[] = ['collab_id', 'project_id'];
const run: readonly IdName[] = [...project, 'expt_id', 'run_id'];
const SAMPLE = '--collab heart --project risk --expt mlp --run r1';
const MODEL = 'global_model.safetensors';

const runOf = (options: Options) => takeIds(run, [], { options }) as unknown as RunIds;

/** Adds the commands for the files and the origin of trained runs. */
export function addModelCommands(models: Command, shell: Shell): void {
  const ofRun = (name: string, about: string, ...examples: readonly string[]) => {
    const command = addCommand(models, name, about, [`synergos models ${name} ${SAMPLE}`, ...examples]);
    addIdOptions(command, run);
    return command;
  };

  const artifacts = ofRun('artifacts', 'list the files of a trained run');
  act(shell, artifacts, async ({ driver, show }, options) => {
    show(await driver.models.artifacts(runOf(options)), (names) => names.map(printable).join('\n'));
  });

  const download = ofRun(
    'download',
    'save a file of a trained run',
    `synergos models download global_loss_history.json ${SAMPLE} --output - | jq .`,
  ).argument('[name]', 'name of the file', MODEL);
  addOutputOptions(download);
  act(shell, download, async (session, options, name = MODEL) => {
    if (['', '.', '..'].includes(name)) throw new WrongUse(`'${name}' is not the name of a file`);
    const ids = runOf(options);
    await saveOutput(session, options, name, () => session.driver.models.download({ ...ids, name }));
  });

  act(
    shell,
    ofRun('lineage', 'show the data and models that a model was trained from, itself first'),
    async (session, options) => {
      const manifests = await session.driver.models.lineage(runOf(options));
      session.show(manifests, (shown) => lineageText(shown, session));
    },
  );

  const save = ofRun('export', 'save a trained run with its model as one tar archive');
  addOutputOptions(save);
  act(shell, save, async (session, options) => {
    const ids = runOf(options);
    const name = `${ids.expt_id}-${ids.run_id}.tar`;
    await saveOutput(session, options, name, () => session.driver.models.exportArchive(ids));
  });

  const take = addCommand(models, 'import', 'import the archive of a run into a project, with its own ids', [
    'synergos models import mlp-r1.tar --collab heart --project risk-2',
    `synergos models export ${SAMPLE} -o - | synergos models import - --collab heart --project risk-2`,
  ]).argument('<archive>', 'file of the archive; - reads standard input');
  addIdOptions(take, project);
  act(shell, take, async (session, options, file = '') => {
    const ids = takeIds(project, [], { options }) as unknown as ProjectIds;
    const archive = await openArchive(shell, file);
    const record = await session.driver.models.importArchive({ ...ids, archive });
    session.show(record, (shown) => recordText(shown, session));
  });
}

async function openArchive({ stdin }: Shell, file: string): Promise<ReadableStream<Uint8Array>> {
  if (file === '-') return Readable.toWeb(stdin) as ReadableStream<Uint8Array>;
  try {
    const handle = await open(file);
    return Readable.toWeb(handle.createReadStream()) as ReadableStream<Uint8Array>;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new WrongUse(`${file} cannot be read (${code}); give an archive saved by \`models export\``);
  }
}

function lineageText(manifests: readonly ModelManifest[], { style, shell }: Session): string {
  return tableText(
    manifests,
    [
      { title: 'model', value: ({ run: of }) => valueText(Object.values(of).join('/')) },
      { title: 'algorithm', value: ({ algorithm }) => valueText(algorithm) },
      { title: 'rounds', value: ({ rounds }) => valueText(rounds), align: 'right' },
      { title: 'participants', value: ({ participants }) => valueText(Object.keys(participants)) },
      { title: 'trained', value: ({ created_at }) => whenText(created_at, shell.now()) },
      { title: 'sha256', value: ({ files }) => valueText(files[MODEL]?.sha256.slice(0, 12)) },
    ],
    { style, none: 'no models' },
  );
}
