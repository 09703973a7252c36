import type { Command } from 'commander';
import type { RunIds } from '../types.js';
import { act, addCommand } from './commands.js';
import { requireContributions } from './dropped.js';
import { resultWatcher, follow } from './follow.js';
import { addIdArgument, addIdOptions, takeIds, type IdName } from './ids.js';
import { newestTraining, noTraining } from './job-commands.js';
import type { Shell } from './shell.js';

const run: readonly IdName[] = ['collab_id', 'project_id', 'expt_id', 'run_id'];

/** Adds the command `runs watch`: follows the newest training of a run. */
export function addRunWatch(runs: Command, shell: Shell): void {
  const about =
    'follow the newest training of a run; Ctrl-C leaves it running; --json prints one line per event';
  const watch = addCommand(runs, 'watch', about, [
    'synergos runs watch r1 --collab heart --project risk --expt mlp',
    'synergos runs watch r1 --collab heart --project risk --expt mlp --train --json',
  ]);
  addIdArgument(watch, 'run_id');
  addIdOptions(watch, run);
  watch.option('--train', 'train the run first, unless a training is queued or running');
  act(shell, watch, async (session, options, value) => {
    const ids = takeIds(run, [], { options, own: { name: 'run_id', value } }) as unknown as RunIds;
    const begin = async () => {
      const newest = await newestTraining(session, ids);
      const isActive = newest?.state === 'queued' || newest?.state === 'running';
      if (options.train === true && !isActive) return session.driver.models.start(ids);
      if (newest === undefined) throw noTraining(ids);
      return [newest.id];
    };
    requireContributions(await follow(session, begin, resultWatcher(session)));
  });
}
