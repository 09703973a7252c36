import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { datagramsOf } from './datagrams.js';
import { gelfMessage } from './message.js';

const BASE = { level: 'info', time: '2026-11-24T16:54:34.165Z', node: 'ttp/1', role: 'ttp' };
const message = (fields: object) =>
  JSON.parse(gelfMessage(JSON.stringify({ ...BASE, ...fields }))) as Record<string, unknown>;

describe('GELF messages', () => {
  it.each([
    ['debug', 7],
    ['info', 6],
    ['warn', 4],
    ['error', 3],
    ['fatal', 2],
  ])("has syslog's number for %s: %i", (level, number) => {
    expect(message({ level, msg: 'x' })).toMatchObject({ level: number, _level_name: level });
  });

  it('contain the time in seconds, with milliseconds', () => {
    expect(message({ msg: 'x' })['timestamp']).toBe(Date.UTC(2026, 10, 24, 16, 54, 34, 165) / 1000);
  });

  it.each([[{}], [{ msg: '' }]])('contain a short message even for the record %j', (fields) => {
    expect(message(fields)['short_message']).toBe('no message');
    expect(message({ ...fields, component: 'jobs' })['short_message']).toBe('jobs');
  });

  it('contain a long message whole', () => {
    const msg = 'a long message '.repeat(20);
    expect(message({ msg })['full_message']).toBe(msg);
    expect(msg.startsWith(String(message({ msg })['short_message']))).toBe(true);
  });

  it('contain only field names that GELF accepts', () => {
    const names = Object.keys(message({ msg: 'x', 'a b': 1, 'ä/ö': 2, id: 3, 'c.d-e': 4 })).filter((name) =>
      name.startsWith('_'),
    );
    expect(names).toEqual(['_node', '_level_name', '_role', '_a_b', '____', '_record_id', '_c.d-e']);
    for (const name of names) expect(name).toMatch(/^_[\w.-]*$/);
  });

  it('contain errors that are strings or have no stack', () => {
    expect(message({ msg: 'failed', err: 'disk full' })).toMatchObject({ _error_message: 'disk full' });
    expect(message({ msg: 'failed', err: { message: 'disk full', code: 'ENOSPC' } })).toMatchObject({
      _error_code: 'ENOSPC',
      full_message: 'failed\ndisk full',
    });
  });
});

describe('the datagrams of a message', () => {
  /** Does not compress. */
  const noise = (length: number) =>
    Array.from({ length }, (_, i) => String.fromCharCode(0x4e00 + ((i * i * 7919) % 20_011))).join('');

  it('are the message itself if it is short', () => {
    expect(datagramsOf('short')).toEqual([Buffer.from('short')]);
  });

  it('are numbered chunks of one id and limited size that reassemble to the message', () => {
    const text = noise(20_000);
    const datagrams = datagramsOf(text) ?? [];
    expect(datagrams.length).toBeGreaterThan(10);
    for (const [number, datagram] of datagrams.entries()) {
      expect([...datagram.subarray(0, 2)]).toEqual([0x1e, 0x0f]);
      expect([datagram[10], datagram[11]]).toEqual([number, datagrams.length]);
      expect(datagram.subarray(2, 10)).toEqual(datagrams[0]?.subarray(2, 10));
      expect(datagram.length).toBeLessThanOrEqual(1420);
    }
    const whole = Buffer.concat(datagrams.map((datagram) => datagram.subarray(12)));
    expect(inflateSync(whole).toString()).toBe(text);
  });

  it('are undefined for a message of more than 128 chunks', () =>
    expect(datagramsOf(noise(200_000))).toBeUndefined());
});
