import { describe, expect, it } from 'vitest';
import { hostInUrl, hostSchema } from './hosts.js';

describe('hosts', () => {
  it.each([
    '::1',
    '[::1]',
    '2001:db8::7',
    '10.0.0.7',
    'mlflow_server',
    'mlflow.example.org',
    'münchen.example',
  ])('accepts %s', (host) => {
    expect(hostSchema.parse(host)).toBe(host);
  });

  it.each([
    '',
    ' ',
    'http://mlflow.example.org',
    'mlflow.example.org:5000',
    'mlflow.example.org/path',
    'user@mlflow.example.org',
    '[::1',
    '::1]:5000',
    'a b',
    'a\nb',
    'a?b',
    'a#b',
    'x'.repeat(254),
  ])('rejects %j', (host) => {
    expect(hostSchema.safeParse(host).success).toBe(false);
  });

  it('has brackets around an IPv6 address in a URL', () => {
    expect(['::1', '[::1]', 'a'].map(hostInUrl)).toEqual(['[::1]', '[::1]', 'a']);
  });
});
