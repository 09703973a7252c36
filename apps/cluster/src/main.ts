#!/usr/bin/env node
import 'reflect-metadata';
import { runApp } from '@synergos/command-line';
import { beginGrid } from '@synergos/ttp-runtime/begin';
import { startNode } from '@synergos/ttp-runtime/options';
import { parseOptions } from './options.js';

const options = parseOptions(process.argv.slice(2));
await runApp(async () => {
  const node = await startNode(options, 'ttp');
  const thread = beginGrid(node, { deliversRecords: true });
  // Loaded while the grid's thread loads its own modules.
  const { startCluster } = await import('./container.js');
  return startCluster(node, thread);
});
