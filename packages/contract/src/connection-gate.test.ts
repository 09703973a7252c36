import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { addressGroup, isLoopback } from './addresses.js';
import { ConnectionGate, limitsOf } from './connection-gate.js';

let ports = 0;
class FakeSocket extends EventEmitter {
  readonly remoteAddress: string;
  readonly remotePort = ++ports;
  destroyed = false;
  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}
const limits = { total: 6, perAddress: 4, strangers: 3, strangersPerAddress: 2, perParticipant: 2 };

function gate() {
  const made = new ConnectionGate<FakeSocket>(limits);
  const open = (address: string) => {
    const socket = new FakeSocket(address);
    return { socket, refused: made.admit(socket) };
  };
  return { gate: made, open };
}

describe('a connection gate', () => {
  it('limits connections without a token, of an address and in all', () => {
    const { open } = gate();
    expect([open('1.1.1.1').refused, open('1.1.1.1').refused]).toEqual([undefined, undefined]);
    const third = open('1.1.1.1');
    expect(third.refused).toBe('2 connections of this address without a valid token are open');
    expect(third.socket.destroyed).toBe(true);
    expect(open('2.2.2.2').refused).toBeUndefined();
    expect(open('3.3.3.3').refused).toBe('3 connections without a valid token are open');
  });

  it('limits all connections, of an address and of the port', () => {
    const { gate: at, open } = gate();
    const trusted = (address: string) => {
      const { socket, refused } = open(address);
      at.trust(socket);
      return refused;
    };
    for (let i = 0; i < 4; i++) expect(trusted('1.1.1.1')).toBeUndefined();
    expect(trusted('1.1.1.1')).toBe('4 connections of this address are open');
    expect([trusted('2.2.2.2'), trusted('2.2.2.2')]).toEqual([undefined, undefined]);
    expect(trusted('3.3.3.3')).toBe('6 connections are open');
  });

  it('limits connections of a participant, and frees what closes', () => {
    const { gate: at, open } = gate();
    const sockets = [1, 2, 3].map((n) => {
      const { socket } = open(`1.1.1.${n}`);
      return socket;
    });
    expect(sockets.map((socket) => at.trust(socket, 'a'))).toEqual([true, true, false]);
    expect(at.trust(sockets[0]!, 'a')).toBe(true);
    sockets[0]!.destroy();
    expect(at.trust(sockets[2]!, 'a')).toBe(true);
    for (const socket of sockets) socket.destroy();
    expect([...at.sockets]).toEqual([]);
  });

  it('lets 1,000 workers of one address keep four connections each by default', () => {
    expect(limitsOf(8192)).toMatchObject({ perAddress: 4096, strangers: 1024, strangersPerAddress: 512 });
  });
});

describe('addresses', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1::/64'],
    ['2001:db8:0:1::9', '2001:db8:0:1::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    [undefined, 'unknown'],
  ])('%s counts as %s', (address, group) => expect(addressGroup(address)).toBe(group));

  it.each(['127.0.0.1', '127.9.9.9', 'localhost', 'a.localhost', '::1', '[::1]', '::ffff:127.0.0.1'])(
    '%s is loopback',
    (host) => expect(isLoopback(host)).toBe(true),
  );
  it.each(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.org', 'localhost.example.org', '128.0.0.1'])(
    '%s is not',
    (host) => expect(isLoopback(host)).toBe(false),
  );
});
