#!/usr/bin/env node
import { writeShells } from './shells.js';

const directories = process.argv.slice(2);
if (directories.length === 0 || directories.some((directory) => directory.startsWith('-'))) {
  console.log(
    'usage: node examples/shells/dist/main.js DIRECTORY …\n\nWrites each farm its train, evaluate and predict folders.',
  );
  process.exitCode = directories.includes('--help') ? 0 : 2;
} else directories.forEach((directory, farm) => writeShells(directory, farm));
