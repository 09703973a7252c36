import { describe, expect, it, vi } from 'vitest';
import type { Logger } from '@synergos/logging';
import { Command } from 'commander';
import { addAccessOptions, readAccessOptions, warnOfAccess, type AccessChoices } from './access-options.js';

const parse = (...argv: string[]) => {
  const command = addAccessOptions(
    new Command().exitOverride().configureOutput({ writeErr: () => undefined }),
    'both ports',
  );
  command.option('--host <address>').parse(argv, { from: 'user' });
  return readAccessOptions(command, { host: '127.0.0.1', ...command.opts() });
};
const warnings = (options: AccessChoices, served: 'both ports' | 'data port' = 'both ports') => {
  const warn = vi.fn();
  warnOfAccess(options, served, { warn } as unknown as Logger);
  return warn.mock.calls.map(([, message]) => message as string);
};

describe('--auth none', () => {
  it.each(['0.0.0.0', '::', '10.0.0.1', 'ttp.example.org'])(
    'on %s is refused unless confirmed by name',
    (host) => {
      expect(() => parse('--auth', 'none', '--host', host)).toThrow(
        /act as any participant; add --allow-anyone/,
      );
      expect(parse('--auth', 'none', '--host', host, '--allow-anyone')).toMatchObject({ allowAnyone: true });
    },
  );

  it.each(['127.0.0.1', 'localhost', '::1'])(
    'on %s is accepted, and says that the data port is open too',
    (host) => {
      const options = parse('--auth', 'none', '--host', host);
      expect(warnings(options)).toEqual([
        expect.stringMatching(/REST API and, on the data port, act as any/),
      ]);
      expect(warnings(options, 'data port')).toEqual([expect.stringMatching(/act as any participant/)]);
    },
  );
});

describe('tokens', () => {
  it('over plain HTTP are warned of where other machines reach the port', () => {
    expect(warnings(parse('--host', '0.0.0.0'))).toEqual([expect.stringMatching(/plain text over HTTP/)]);
    expect(warnings(parse('--host', '0.0.0.0', '--tls-cert', 'a', '--tls-key', 'b'))).toEqual([]);
    expect(warnings(parse())).toEqual([]);
  });
});

describe('connections', () => {
  it('are those given, else a third of the open files up to 8192', () => {
    expect(parse('--max-connections', '100').maxConnections).toBe(100);
    expect(parse().maxConnections).toBeGreaterThanOrEqual(16);
    expect(parse().maxConnections).toBeLessThanOrEqual(8192);
  });
});
