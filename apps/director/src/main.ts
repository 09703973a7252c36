#!/usr/bin/env node
import 'reflect-metadata';
import { readTls, runApp } from '@synergos/command-line';
import { locationOf, startNodeLogs } from '@synergos/ttp-runtime/options';
import { startDirector } from './container.js';
import { parseOptions } from './options.js';

const options = parseOptions(process.argv.slice(2));
await runApp(async () =>
  startDirector({
    options,
    logs: startNodeLogs(options, 'director'),
    database: locationOf(options),
    tls: await readTls(options),
  }),
);
