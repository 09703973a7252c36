import { existsSync } from 'node:fs';
import { checkIntegrity, createFileStore, createRecordStore, openDatabase } from '@synergos/artifacts';
import { appCommand, appOption, parseAppOptions } from '@synergos/command-line';
import { locationOf } from '../options/node-options.js';

interface CheckOptions {
  readonly dataDir: string;
  readonly outputsDir: string;
  readonly database: string | undefined;
  readonly json: boolean;
}

/** `synergos-basic check`: compares records and files, and tells what is wrong; exit code 1 if anything is. */
export async function runCheck(argv: readonly string[]): Promise<number> {
  const about = 'Compares the records of a TTP with its model files: what is damaged, missing, left over.';
  const command = appCommand('synergos-basic check', about, [
    'synergos-basic check --data-dir ./ttp/data --outputs-dir ./ttp/outputs',
  ])
    .addOption(appOption('--data-dir <path>', 'records').default('./data'))
    .addOption(appOption('--outputs-dir <path>', 'models, loss histories, checkpoints').default('./outputs'))
    .addOption(appOption('--database <url>', 'records, where they are not in --data-dir'))
    .addOption(appOption('--json', 'print one JSON object').default(false));
  const { outputsDir, json, ...where } = parseAppOptions(command, argv) as CheckOptions;
  const location = locationOf(where);
  if ('path' in location && !existsSync(location.path))
    command.error(`error: there is no ${location.path}; give the TTP's --data-dir`);
  const database = await openDatabase(location).catch((error: Error) =>
    command.error(`error: ${error.message}`),
  );
  try {
    const report = await checkIntegrity(createRecordStore(database), createFileStore(outputsDir));
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
