#!/usr/bin/env node
import 'reflect-metadata';
import { runApp } from '@synergos/command-line';
import { parseOptions } from './options.js';
import { startDirector } from './start.js';

const options = parseOptions(process.argv.slice(2));
await runApp(() => startDirector(options));
