import { apps, driver } from './commands.mjs';

/** By the names that documents call them. */
const programs = new Map([driver, ...apps].map((command) => [command.name(), command]));
const checkOfBasic = programs.get('synergos-basic check');

/** The calls of our programs in the shell blocks of a document that name an unknown command or option. */
export function wrongExamples(markdown) {
  return [...markdown.matchAll(/^```sh\n([^]*?)^```$/gm)]
    .flatMap(([, block]) => commandsOfShell(block))
    .flatMap((words) => problemsOf(words).map((problem) => `${words.slice(0, 4).join(' ')} …: ${problem}`));
}

function problemsOf(words) {
  const start = words.findIndex((word) => !/^[A-Za-z_]+=/.test(word));
  const [name = '', ...rest] = programOf(words.slice(Math.max(0, start)));
  const program = programs.get(name);
  if (program === undefined) return [];
  return problemsOfCall(
    program === programs.get('synergos-basic') && rest[0] === 'check' ? checkOfBasic : program,
    rest,
  );
}

/** `node apps/basic/dist/main.js` by the name of the installed program. */
function programOf(words) {
  const app =
    words[0] === 'node' ? /(?:^|\/)apps\/(\w+)\/dist\/main\.js$/.exec(words[1] ?? '')?.[1] : undefined;
  return app === undefined ? words : [`synergos-${app}`, ...words.slice(2)];
}

function problemsOfCall(program, words) {
  let command = program;
  let atCommand = true;
  const problems = [];
  for (const word of words) {
    if (word.startsWith('-') && word !== '-') {
      const flag = word === '-mq' ? '--queue' : word.split('=')[0].replace(/(?!^|-)_/g, '-');
      if (!flagsOf(command).has(flag)) problems.push(`no option ${flag} of ${command.name()}`);
      atCommand = false;
    } else if (atCommand && command.commands.length > 0) {
      const next = command.commands.find((one) => one.name() === word);
      if (next === undefined) problems.push(`no command ${word} of ${command.name()}`);
      else command = next;
      atCommand = next !== undefined;
    }
  }
  return problems;
}

function flagsOf(command) {
  const flags = ['--help', '-h', '--version', '-V'];
  for (let one = command; one; one = one.parent)
    for (const { short, long } of one.options) flags.push(short, long);
  // The default command of a group has its options: `synergos jobs --state running`.
  for (const one of command.commands)
    if (one.name() === Reflect.get(command, '_defaultCommandName'))
      for (const { short, long } of one.options) flags.push(short, long);
  return new Set(flags);
}

/** The words of each simple command of a shell script; quotes and comments as in the shell, nothing is expanded. */
export function commandsOfShell(script) {
  const commands = [[]];
  const pattern =
    /\\\n|'([^']*)'|"((?:\\.|[^"\\])*)"|(^|(?<=\s))#[^\n]*|([\n;|&()]+)|([^\s'"\\;|&()]+|\\.)|\s/g;
  let isWordOpen = false;
  for (const [text, single, double, , separator, plain] of script.matchAll(pattern)) {
    const part = single ?? double ?? plain;
    if (separator !== undefined) commands.push([]);
    else if (part !== undefined) {
      const words = commands.at(-1);
      if (isWordOpen) words.push(`${words.pop()}${part}`);
      else words.push(part);
    }
    isWordOpen = part !== undefined && text !== '\\\n';
  }
  return commands.filter((words) => words.length > 0);
}
