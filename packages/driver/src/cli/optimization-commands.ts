import type { Command } from 'commander';
import type { ExperimentIds, TrialFields } from '../types.js';
import { act, addCommand, type Options } from './commands.js';
import { WrongUse } from './failures.js';
import { addIdOptions, takeIds, type IdName } from './ids.js';
import { addOutputOptions, saveOutput } from './output-file.js';
import type { Session } from './session.js';
import type { Shell } from './shell.js';
import { printable } from './text.js';

const experiment: readonly IdName[] = ['collab_id', 'project_id', 'expt_id'];
const SAMPLE = '--collab heart --project risk --expt mlp';
const PLOT = 'trials.svg';

/** Adds the commands for the files of optimizations: a table and a plot of the trials. */
export function addOptimizationCommands(optimizations: Command, shell: Shell): void {
  const ofOne = (name: string, about: string) => {
    const command = addCommand(optimizations, name, about, [
      `synergos optimizations ${name} ${SAMPLE}`,
      `synergos optimizations ${name} ${name === 'download' ? 'trials.csv ' : ''}${SAMPLE} --optimization 5c68e185-…`,
    ]);
    addIdOptions(command, experiment);
    return command.option('--optimization <id>', 'id of its job (default: the newest)');
  };
  act(shell, ofOne('artifacts', 'list the files of an optimization'), async (session, options) => {
    const names = await session.driver.optimizations.artifacts(await idsOf(session, options));
    session.show(names, (shown) => shown.map(printable).join('\n'));
  });
  const download = ofOne('download', 'save a file of an optimization').argument(
    '[name]',
    'name of the file',
    PLOT,
  );
  addOutputOptions(download);
  act(shell, download, async (session, options, name = PLOT) => {
    if (['', '.', '..'].includes(name)) throw new WrongUse(`'${name}' is not the name of a file`);
    const ids = await idsOf(session, options);
    await saveOutput(session, options, name, () => session.driver.optimizations.download({ ...ids, name }));
  });
}

async function idsOf({ driver }: Session, options: Options) {
  const ids = takeIds(experiment, [], { options }) as unknown as ExperimentIds;
  const given = options.optimization as string | undefined;
  if (given !== undefined) return { ...ids, optimization_id: given };
  const [newest] = (await driver.optimizations.readAll(ids)) as readonly TrialFields[];
  if (newest === undefined)
    throw new WrongUse(
      `experiment '${ids.expt_id}' has no optimization; start one with \`optimizations create\``,
    );
  return { ...ids, optimization_id: newest.trial.optimization };
}
