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
Address and token: from the options, else from SYNERGOS_URL and SYNERGOS_TOKEN, else from \`synergos login\`.
Certificate of a private authority: set NODE_EXTRA_CA_CERTS to the PEM file of the authority.
Exit codes: 0 success, 1 refused by the TTP or failed there, 2 invalid command line, 3 TTP not reachable,
4 trained without any update of a participant, 130 interrupted by Ctrl-C.`;

/** Builds the command line. It throws errors, those of commander as `CommanderError`. */
export function buildProgram(shell: Shell): Command {
  const program = new Command('synergos')
    .description('Controls a Synergos TTP: records, training and jobs.')
    .version(versionOf())
    .option('--url <url>', 'address of the REST port of the TTP, http(s)://host:5000')
    .option('--token-file <file>', 'file with the admin token; - reads standard input')
    .option('--json', 'print the result as one JSON value')
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
  completion.description('print the completion script for a shell');
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
