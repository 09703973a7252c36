#!/usr/bin/env node
import 'reflect-metadata';
import { runApp } from '@synergos/command-line';
import { beginGrid } from '@synergos/ttp-runtime/begin';
import { startNode } from '@synergos/ttp-runtime/options';
import { parseOptions } from './options.js';

const argv = process.argv.slice(2);
// Large modules are loaded once they are needed, and while the grid's thread loads its own.
if (argv[0] === 'check') {
  const { runCheck } = await import('@synergos/ttp-runtime/check');
  process.exitCode = await runCheck(argv.slice(1));
} else {
  const options = parseOptions(argv);
  await runApp(async () => {
    const node = await startNode(options, 'ttp');
    const thread = beginGrid(node, { deliversRecords: false });
    const { startBasic } = await import('./container.js');
    return startBasic(node, thread);
  });
}
