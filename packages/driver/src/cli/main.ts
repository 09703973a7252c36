#!/usr/bin/env node
import { CommanderError } from 'commander';
import { EXIT, failureOf } from './failures.js';
import { buildProgram } from './program.js';
import type { Shell } from './shell.js';
import { printable } from './text.js';

const { env, stdin, stdout, stderr } = process;
const shell: Shell = {
  env,
  stdin,
  stdout,
  stderr,
  now: () => new Date(),
  onInterrupt(listener) {
    process.once('SIGINT', listener);
    return () => process.off('SIGINT', listener);
  },
};

// A reader that closes the pipe, such as `head`, is no error.
for (const stream of [stdout, stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });

try {
  await buildProgram(shell).parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT.wrongUse;
  else {
    const { exitCode, lines } = failureOf(error);
    stderr.write(lines.map((line) => `${printable(line)}\n`).join(''));
    process.exitCode = exitCode;
  }
}
