import { readFileSync } from 'node:fs';
import tab from '@bomb.sh/tab/commander';
import { Command } from 'commander';
import { addAlgorithmCommand } from './algorithm-commands.js';
import { withExamples } from './commands.js';
import { addJobCommands } from './job-commands.js';
import { addLogin } from './login.js';
import { addModelCommands } from './model-commands.js';
import { addOptimizationCommands } from './optimization-commands.js';
import { addParticipantCommands } from './participant-commands.js';
import { addRecordCommands } from './record-commands.js';
import { recordKinds } from './record-kinds.js';
import { addRunWatch } from './run-watch.js';
import type { Shell } from './shell.js';
import { addWorkCommands } from './work-commands.js';
import { workKinds } from './work-kinds.js';

const MORE_COMMANDS: Readonly<Record<string, (group: Command, shell: Shell) => void>> = {
  runs: addRunWatch,
  participants: addParticipantCommands,
  models: addModelCommands,
  optimizations: addOptimizationCommands,
};

const ACCESS = `
Address and token: by option, else by SYNERGOS_URL and SYNERGOS_TOKEN, else as saved by \`synergos login\`.
A TTP with a certificate of an authority of your own: set NODE_EXTRA_CA_CERTS to the authority's PEM file.
Exit code: 0 done, 1 refused by the TTP or failed there, 2 wrong use, 3 TTP not reached,
4 trained, but a participant contributed nothing, 130 left by Ctrl-C.`;

/** The whole command line. Errors are thrown, commander's own as `CommanderError`. */
export function buildProgram(shell: Shell): Command {
  const program = new Command('synergos')
    .description('Drives a Synergos TTP: records, training, jobs.')
    .version(versionOf())
    .option('--url <url>', 'of the REST port of the TTP, http(s)://host:5000')
    .option('--token-file <file>', 'file with the admin token, - for standard input')
    .option('--json', 'answer with one JSON value')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void shell.stdout.write(text),
      writeErr: (text) => void shell.stderr.write(text),
      outputError: (text, write) => write(`${text.trim().replace(/\s*\n\s*/g, ' ')}\n`),
    })
    .exitOverride();
  withExamples(program, [
    'synergos login --url http://127.0.0.1:5000',
    'synergos projects create risk --collab heart --action classify',
    'synergos models train --collab heart --project risk',
    'synergos jobs --state running',
  ]).addHelpText('after', ACCESS);

  addLogin(program, shell);
  const groups = [
    ...recordKinds.map((kind) => addRecordCommands(program, shell, kind)),
    ...workKinds.map((kind) => addWorkCommands(program, shell, kind)),
  ];
  for (const group of groups) MORE_COMMANDS[group.name()]?.(group, shell);
  addJobCommands(program, shell);
  addAlgorithmCommand(program, shell);
  addCompletion(program);
  return program;
}

function addCompletion(program: Command): void {
  tab(program, { completionCommandName: 'completion' });
  const completion = program.commands.find((command) => command.name() === 'completion');
  if (completion === undefined) return;
  completion.description('print the script by which a shell completes the command line');
  withExamples(completion, [
    'source <(synergos completion bash)                                # in ~/.bashrc, after bash-completion',
    'source <(synergos completion zsh)                                 # in ~/.zshrc',
    'synergos completion fish > ~/.config/fish/completions/synergos.fish',
  ]);
}

function versionOf(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
