import { afterEach, expect, it, vi } from 'vitest';
import { appCommand, parseAppOptions } from '@synergos/command-line';
import { addQueueOptions, readQueueOptions } from './queue-options.js';

afterEach(() => {
  for (const name of ['SYNERGOS_QUEUE', 'SYNERGOS_QUEUE_PASSWORD']) delete process.env[name];
  vi.restoreAllMocks();
});

function parse(...argv: readonly string[]) {
  const command = addQueueOptions(appCommand('app', 'An app.', ['app']));
  return readQueueOptions(command, parseAppOptions(command, argv)).queue;
}

it('a queue is named by variant, host and port', () => {
  const expected = { host: 'mq.example.org', port: 5672, secure: false };
  expect(parse('--queue', 'rabbitmq', 'mq.example.org', '5672')).toMatchObject(expected);
  expect(parse('-mq', 'rabbitmq', 'mq.example.org', '5672')).toMatchObject(expected);
  process.env.SYNERGOS_QUEUE = 'rabbitmq mq.example.org 5671';
  process.env.SYNERGOS_QUEUE_PASSWORD = 'hunter2';
  expect(parse('--queue-secure')).toMatchObject({ port: 5671, secure: true, password: 'hunter2' });
  // Who gives it on the command line means that.
  expect(parse('--queue', 'rabbitmq', 'other', '1')).toMatchObject({ host: 'other', port: 1 });
});

it.each([
  [[], '--queue is needed: expected rabbitmq HOST PORT'],
  [['--queue', 'kafka', 'h', '1'], "unknown queue 'kafka'"],
  [['--queue', 'rabbitmq', 'h'], "'' is not a port"],
  [['--queue', 'rabbitmq', 'h', '65536'], "'65536' is not a port"],
  [['--queue', 'rabbitmq', 'h', '1', 'x'], 'expected rabbitmq HOST PORT'],
])('%j is refused with one line and exit code 2', (argv, says) => {
  const exit = vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Error(`exit ${code}`);
  });
  const lines: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  expect(() => parse(...argv)).toThrow('exit 2');
  expect(exit).toHaveBeenCalledWith(2);
  expect(lines.join('')).toMatch(/^error: .*\n$/);
  expect(lines.join('')).toContain(says);
});
