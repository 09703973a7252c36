import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { addLoggingOptions, appCommand, parseAppOptions, readLoggingOptions } from './index.js';

const parse = (...argv: readonly string[]) => {
  const command = addLoggingOptions(appCommand('app', 'An app.', []));
  return readLoggingOptions(command, parseAppOptions(command, argv));
};
afterEach(() => delete process.env.SYNERGOS_LOGGING_VARIANT);

describe('options about logs', () => {
  it('may all be left out', () => {
    expect(parse()).toEqual({
      graylog: undefined,
      loggingResolution: 5,
      censored: false,
      censor: [],
      debug: false,
    });
  });

  it("are written as Synergos' were", () => {
    expect(
      parse('--logging_variant', 'graylog', '10.0.0.1', '9400', '--logging_resolution', '10', '-c', '-d'),
    ).toEqual({
      graylog: { host: '10.0.0.1', port: 9400, sysmetricsPort: undefined, protocol: 'tcp' },
      loggingResolution: 10,
      censored: true,
      censor: [],
      debug: true,
    });
    expect(parse('-l', 'basic', '-r', '2.5')).toMatchObject({ graylog: undefined, loggingResolution: 2.5 });
  });

  it('name protocol and port of the metrics', () => {
    const { graylog } = parse(
      '-l',
      'graylog',
      'g',
      '1',
      '--graylog-protocol',
      'udp',
      '--sysmetrics_port',
      '2',
    );
    expect(graylog).toEqual({ host: 'g', port: 1, sysmetricsPort: 2, protocol: 'udp' });
  });

  it('come from the environment as well', () => {
    process.env.SYNERGOS_LOGGING_VARIANT = 'graylog logs.example.org 12201';
    expect(parse().graylog).toMatchObject({ host: 'logs.example.org', port: 12_201 });
  });

  it('list what to censor, and then censor', () => {
    expect(parse('--censor', 'Orion', '--censor', 'St. Mary')).toMatchObject({
      censored: true,
      censor: ['Orion', 'St. Mary'],
    });
  });
});

describe('options about logs that cannot be', () => {
  it.each([
    [['-l', 'syslog'], /no variant 'syslog'; it is basic, or graylog HOST PORT/],
    [['-l', 'graylog'], /expected graylog HOST PORT/],
    [['-l', 'graylog', 'host'], /expected graylog HOST PORT, .* got 'graylog host'/],
    [['-l', 'graylog', 'host', '12201', 'x'], /expected graylog HOST PORT/],
    [['-l', 'graylog', 'host', '0'], /from 1 to 65535, got '0'/],
    [['-l', 'graylog', 'host', 'http'], /from 1 to 65535, got 'http'/],
    [['-l', 'basic', 'host'], /'basic' takes nothing more/],
    [['-l'], /--logging-variant.*argument missing/],
    [['-r', '0'], /--logging-resolution.*from 1 to 86400/],
    [['-r', '-5'], /--logging-resolution.*from 1 to 86400/],
    [['-r', 'often'], /--logging-resolution.*from 1 to 86400/],
    [['--graylog-protocol', 'http'], /--graylog-protocol.*tcp, udp/],
  ])('%j is refused with one line, and exit code 2', (argv, says) => {
    const script = `
      import { addLoggingOptions, appCommand, parseAppOptions, readLoggingOptions } from '@synergos/command-line';
      const command = addLoggingOptions(appCommand('app', 'An app.', []));
      readLoggingOptions(command, parseAppOptions(command, ${JSON.stringify(argv)}));`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    });
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(says);
    expect(status).toBe(2);
  });
});
