#!/usr/bin/env node
import 'reflect-metadata';
import { readTls, runApp } from '@synergos/command-line';
import { beginGrid } from '@synergos/ttp-runtime/begin';
import { locationOf, startNodeLogs } from '@synergos/ttp-runtime/options';
import { parseOptions } from './options.js';

const options = parseOptions(process.argv.slice(2));
await runApp(async () => {
  const logs = startNodeLogs(options, 'ttp');
  const database = locationOf(options);
  const tls = await readTls(options);
  const thread = beginGrid({ options, database, tls, logging: logs.forThread(), deliversRecords: true });
  // Loaded while the grid's thread loads its own modules.
  const { startCluster } = await import('./container.js');
  return startCluster({ options, database, tls, logs, thread });
});
