import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { TransferRefused } from '../src/index.js';
import { Transfers } from '../src/worker/transfers.js';
import { bytesOf, Harness, headers, sha256, until } from './harness.js';

/** Nothing waits for ever for an end that is there and says nothing. More of it: connection, uploads and faults tests. */
const STALL_MS = 150;

/** A TTP that takes connections, answers with `text` to the first bytes of the first one, and then nothing more. */
async function silentTtp(text = ''): Promise<Transfers> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const answer = sockets.size === 1 ? text : '';
    socket.on('error', () => undefined).once('data', () => socket.write(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const transfers = new Transfers({ base, headers: headers(), stallMs: STALL_MS });
  onTestFinished(() => {
    transfers.close();
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return transfers;
}

const { signal } = new AbortController();
const mayBeTriedAgain = (error: unknown) => !(error instanceof TransferRefused);
const ref = { sha256: 'a'.repeat(64), sizeBytes: 100 };

describe('a worker interrupts a transfer when the TTP falls silent', () => {
  it.each([
    ['before the head of a download', ''],
    ['in the middle of a head', 'HTTP/1.1 200 O'],
    ['before the first byte of a download', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n'],
    ['in the middle of a download', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbytes'],
    ['in the middle of a refusal', 'HTTP/1.1 404 Not Found\r\ncontent-length: 100\r\n\r\n{"code'],
  ])('%s', async (_where, text) => {
    const transfers = await silentTtp(text);
    await expect(transfers.download(ref, signal)).rejects.toSatisfy(mayBeTriedAgain);
  });

  it.each([
    ['when asked for the offset of a large upload', bytesOf(2_000_000), ''],
    ['before it acknowledges a small upload', bytesOf(100), ''],
    ['in the middle of an acknowledgement', bytesOf(100), 'HTTP/1.1 20'],
    ['while it should take a large upload', bytesOf(50_000_000), 'HTTP/1.1 200 OK\r\n\r\n'],
  ])('%s', async (_where, bytes, text) => {
    const transfers = await silentTtp(text);
    await expect(transfers.upload('task', 'update', [bytes], signal)).rejects.toSatisfy(mayBeTriedAgain);
  });
});

describe('stalled downloads', () => {
  let harness: Harness;
  afterEach(() => harness.end());

  it('the TTP closes a download that the worker does not read', async () => {
    harness = await Harness.start({ stallMs: STALL_MS });
    // More than lies in the buffers of both ends.
    const bytes = bytesOf(50_000_000);
    await harness.plane.publish(bytes);
    const raw = connect(harness.port, '127.0.0.1').on('error', () => undefined);
    onTestFinished(() => void raw.destroy());
    const lines = Object.entries(headers()).map((line) => line.join(': '));
    raw.pause();
    raw.write(`GET /v1/tensors/${sha256(bytes)} HTTP/1.1\r\nhost: x\r\n${lines.join('\r\n')}\r\n\r\n`);
    await until(() => harness.plane.traffic().sentBytes > 0);
    await delay(4 * STALL_MS);
    let received = 0;
    raw.on('data', (chunk: Buffer) => (received += chunk.length)).resume();
    await once(raw, 'close');
    expect(received).toBeLessThan(bytes.length);
  });
});
