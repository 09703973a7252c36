#!/usr/bin/env node
import 'reflect-metadata';
import { runApp } from '@synergos/command-line';
import { startNode } from '@synergos/ttp-runtime/options';
import { startDirector } from './container.js';
import { parseOptions } from './options.js';

const options = parseOptions(process.argv.slice(2));
await runApp(async () => startDirector(await startNode(options, 'director')));
