import { rename, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { RunIds } from '../types.js';
import { act, addCommand } from './commands.js';
import { WrongUse } from './failures.js';
import { addIdOptions, takeIds, type IdName } from './ids.js';
import type { Shell } from './shell.js';
import { printable } from './text.js';

const run: readonly IdName[] = ['collab_id', 'project_id', 'expt_id', 'run_id'];
const SAMPLE = '--collab heart --project risk --expt mlp --run r1';
const MODEL = 'global_model.safetensors';

/** Files of trained runs. */
export function addModelCommands(models: Command, shell: Shell): void {
  const artifacts = addCommand(models, 'artifacts', 'names of the files of a trained run', [
    `synergos models artifacts ${SAMPLE}`,
  ]);
  addIdOptions(artifacts, run);
  act(shell, artifacts, async ({ driver, show }, options) => {
    const ids = takeIds(run, [], { options }) as unknown as RunIds;
    show(await driver.models.artifacts(ids), (names) => names.map(printable).join('\n'));
  });

  const download = addCommand(models, 'download', 'save a file of a trained run', [
    `synergos models download ${SAMPLE}`,
    `synergos models download global_loss_history.json ${SAMPLE} --output - | jq .`,
  ])
    .argument('[name]', 'of the file', MODEL)
    .option('-o, --output <file>', 'where to save it, - for standard output; default: its name, here')
    .option('--force', 'write over a file that exists');
  addIdOptions(download, run);
  act(shell, download, async ({ driver, show, json }, options, name = MODEL) => {
    const ids = takeIds(run, [], { options }) as unknown as RunIds;
    const { output = name, force = false } = options as {
      readonly output?: string;
      readonly force?: boolean;
    };
    if (['', '.', '..'].includes(name)) throw new WrongUse(`'${name}' is not the name of a file`);
    if (output === '-' && json) throw new WrongUse('--json and --output - cannot go together');
    const file = resolve(output);
    if (output !== '-' && !force && existsSync(file))
      throw new WrongUse(`${output} exists; give another --output, or --force to write over it`);
    const bytes = await driver.models.download({ ...ids, name });
    if (output === '-') return void shell.stdout.write(bytes);
    await writeWhole(file, bytes);
    show({ file, bytes: bytes.byteLength }, () => `saved ${output} (${bytes.byteLength} bytes)`);
  });
}

/** Never half a file. */
async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const fresh = `${file}.${randomUUID()}`;
  try {
    await writeFile(fresh, bytes, { flag: 'wx' });
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true });
    throw new WrongUse(
      `${file} cannot be written (${(error as NodeJS.ErrnoException).code}); give another --output`,
    );
  }
}
