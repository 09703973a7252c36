import type { Command } from 'commander';
import { appOption, atLeast } from './options.js';

/** Adds `--cpus` and `--gpus`, which every app accepts. */
export function addResourceOptions(
  command: Command,
  about: { readonly cpus: string; readonly gpus: string },
): Command {
  return command
    .addOption(appOption('--cpus <number>', about.cpus).argParser(atLeast(1)))
    .addOption(appOption('--gpus <number>', about.gpus).argParser(atLeast(0)));
}
