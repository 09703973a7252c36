import { existsSync } from 'node:fs';
import { checkIntegrity, createRecordStore, openDatabase, openStorage } from '@synergos/artifacts';
import { appCommand, appOption, parseAppOptions } from '@synergos/command-line';
import type { Command } from 'commander';
import { locationOf } from '../options/node-options.js';

interface CheckOptions {
  readonly dataDir: string;
  readonly outputsDir: string;
  readonly database: string | undefined;
  readonly json: boolean;
}

/** The command line of `synergos-basic check`. */
export function checkCommand(): Command {
  const about = 'Compare the records of a TTP with its model files; list damaged, missing and stray files.';
  return appCommand('synergos-basic check', about, [
    'synergos-basic check --data-dir ./ttp/data --outputs-dir ./ttp/outputs',
  ])
    .addOption(appOption('--data-dir <path>', 'folder of records').default('./data'))
    .addOption(
      appOption('--outputs-dir <path>', 'folder of models, loss histories and checkpoints').default(
        './outputs',
      ),
    )
    .addOption(appOption('--database <url>', 'database of records, if it is not in --data-dir'))
    .addOption(appOption('--json', 'print one JSON object').default(false));
}

/** Runs `synergos-basic check`; the exit code is 1 if records and files differ. */
export async function runCheck(argv: readonly string[]): Promise<number> {
  const command = checkCommand();
  const { outputsDir, json, ...where } = parseAppOptions(command, argv) as CheckOptions;
  const location = locationOf(where);
  if ('path' in location && !existsSync(location.path))
    command.error(`error: there is no ${location.path}; give the TTP's --data-dir`);
  const database = await openDatabase(location).catch((error: Error) =>
    command.error(`error: ${error.message}`),
  );
  try {
    const report = await checkIntegrity(createRecordStore(database), openStorage({ outputsDir }).artifacts);
    const { models, files, faults } = report;
    const lines = [
      ...faults.map(({ kind, path: where, message }) => `${kind.replaceAll('_', ' ')}: ${where}: ${message}`),
      `${models} models, ${files} files checked: ${faults.length === 0 ? 'all well' : `${faults.length} faults`}`,
    ];
    process.stdout.write(`${json ? JSON.stringify(report) : lines.join('\n')}\n`);
    return faults.length === 0 ? 0 : 1;
  } finally {
    await database.close();
  }
}
