#!/usr/bin/env node
import 'reflect-metadata';
import { Worker } from 'node:worker_threads';
import { readTls, runApp, startLogs } from '@synergos/command-line';
import type { GridSettings } from './grid/settings.js';
import { parseOptions } from './options.js';

const argv = process.argv.slice(2);
// What takes time to load is loaded where it is known to be needed, and beside the grid's thread, which loads as much.
if (argv[0] === 'check') process.exitCode = await (await import('./check.js')).runCheck(argv.slice(1));
else {
  const options = parseOptions(argv);
  await runApp(async () => {
    const { id, host, dataDir, outputsDir } = options;
    const logs = startLogs({ id, role: 'ttp', options, hosts: [host], paths: [dataDir, outputsDir] });
    const settings: GridSettings = { options, tls: await readTls(options), logging: logs.forThread() };
    // Plug-ins see the command line that they would see without a thread.
    const thread = new Worker(new URL('grid/main.js', import.meta.url), { workerData: settings, argv });
    const { startBasic } = await import('./start.js');
    return startBasic({ settings, logs, thread });
  });
}
