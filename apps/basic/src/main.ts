#!/usr/bin/env node
import 'reflect-metadata';
import { runApp } from '@synergos/command-line';
import { runCheck } from './check.js';
import { parseOptions } from './options.js';
import { startBasic } from './start.js';

const argv = process.argv.slice(2);
if (argv[0] === 'check') process.exitCode = await runCheck(argv.slice(1));
else {
  const options = parseOptions(argv);
  await runApp(() => startBasic(options));
}
