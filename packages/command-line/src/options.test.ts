import { afterEach, describe, expect, it, vi } from 'vitest';
import { appCommand, appOption, atLeast, parseAppOptions, portNumber, repeatable } from './options.js';

const parse = (...argv: readonly string[]) =>
  parseAppOptions(
    appCommand('app', 'An app.', ['app --data-port 1'])
      .addOption(appOption('--data-port <number>', 'a port').argParser(portNumber).default(8020))
      .addOption(appOption('--plugin <name>', 'repeatable').argParser(repeatable).default([])),
    argv,
  );
afterEach(() => delete process.env.SYNERGOS_DATA_PORT);

it('names are written with dashes or underscores', () => {
  expect(parse('--data-port', '1').dataPort).toBe(1);
  expect(parse('--data_port', '2').dataPort).toBe(2);
  expect(parse('--data_port=3', '--plugin=a_b', '--plugin', 'c_d')).toEqual({
    dataPort: 3,
    plugin: ['a_b', 'c_d'],
  });
});

it('an environment variable stands in for an option that is not given', () => {
  process.env.SYNERGOS_DATA_PORT = '4';
  expect(parse().dataPort).toBe(4);
  expect(parse('--data-port', '5').dataPort).toBe(5);
});

it.each(['http', '-1', '65536', '1.5', ''])('%j is no port', (text) => {
  expect(() => portNumber(text)).toThrow('whole number from 0 to 65535');
});

it('zero is a port: it asks for a free one', () => expect(portNumber('0')).toBe(0));

it.each(['1', '-2', '2.5', 'two', '', '99999999999999999999'])('%j is not a number from 2', (text) => {
  expect(() => atLeast(2)(text)).toThrow('whole number from 2');
  expect(atLeast(2)('2')).toBe(2);
});

it('--version is one line on standard output', () => {
  const command = appCommand('app', 'An app.', []);
  let printed = '';
  command.configureOutput({ writeOut: (text) => (printed += text) }).exitOverride();
  expect(() => parseAppOptions(command, ['--version'])).toThrow();
  expect(printed).toMatch(/^\d+\.\d+\.\d+\n$/);
});

describe('the environment variable of a switch', () => {
  const parse = () =>
    parseAppOptions(
      appCommand('app', 'An app.', []).addOption(appOption('--verbose-test', 'more').default(false)),
      [],
    ).verboseTest as unknown;

  afterEach(() => vi.unstubAllEnvs());

  it.each([
    ['true', true],
    ['1', true],
    ['Yes', true],
    ['false', false],
    ['0', false],
    ['off', false],
    ['', false],
  ])('%j gives %j', (value, expected) => {
    vi.stubEnv('SYNERGOS_VERBOSE_TEST', value);
    expect(parse()).toBe(expected);
  });

  it('is refused with another text', () => {
    vi.stubEnv('SYNERGOS_VERBOSE_TEST', 'maybe');
    vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => {
      throw new Error('exit');
    });
    expect(parse).toThrow('exit');
    expect(exit).toHaveBeenCalledWith(2);
    vi.restoreAllMocks();
  });
});
