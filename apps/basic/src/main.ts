#!/usr/bin/env node
import 'reflect-metadata';
import { runApp } from '@synergos/command-line';
import { parseOptions } from './options.js';
import { startBasic } from './start.js';

const options = parseOptions(process.argv.slice(2));
await runApp(() => startBasic(options));
