#!/usr/bin/env node
import 'reflect-metadata';
import { readTls, runApp, startLogs } from '@synergos/command-line';
import { beginGrid } from '@synergos/ttp-runtime/begin';
import { locationOf } from './database.js';
import { parseOptions } from './options.js';

const argv = process.argv.slice(2);
// What takes time to load is loaded where it is known to be needed, and beside the grid's thread, which loads as much.
if (argv[0] === 'check') process.exitCode = await (await import('./check.js')).runCheck(argv.slice(1));
else {
  const options = parseOptions(argv);
  await runApp(async () => {
    const { id, host, dataDir, outputsDir } = options;
    const logs = startLogs({ id, role: 'ttp', options, hosts: [host], paths: [dataDir, outputsDir] });
    const database = locationOf(options);
    const tls = await readTls(options);
    const thread = beginGrid({ options, database, tls, logging: logs.forThread(), deliversRecords: false });
    const { startBasic } = await import('./start.js');
    return startBasic({ options, database, tls, logs, thread });
  });
}
