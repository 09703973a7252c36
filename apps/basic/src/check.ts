import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkIntegrity, createFileStore, createRecordStore, openDatabase } from '@synergos/artifacts';
import { appCommand, appOption, parseAppOptions } from '@synergos/command-line';

interface CheckOptions {
  readonly dataDir: string;
  readonly outputsDir: string;
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
    .addOption(appOption('--json', 'print one JSON object').default(false));
  const { dataDir, outputsDir, json } = parseAppOptions(command, argv) as CheckOptions;
  const path = join(dataDir, 'records.sqlite');
  if (!existsSync(path)) command.error(`error: there is no ${path}; give the TTP's --data-dir`);
  const database = await openDatabase({ path });
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
