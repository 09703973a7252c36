#!/usr/bin/env node
import 'reflect-metadata';
import { parseOptions } from './options.js';
import { startBasic } from './start.js';

const options = parseOptions(process.argv.slice(2));

try {
  const basic = await startBasic(options);
  const stop = () => {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    basic.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
} catch (error) {
  fail(error);
}

function fail(error: unknown): never {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(2);
}
