import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Transfers } from '../src/worker/transfers.js';
import { bytesOf, Harness, headers, sha256 } from './harness.js';

describe('published tensors', () => {
  let harness: Harness;
  afterEach(() => harness.end());

  it.each(['memory', 'a file'])('are served from %s whole, in part, or as headers only', async (from) => {
    harness = await Harness.start();
    const folder = await mkdtemp(join(tmpdir(), 'downloads-'));
    const bytes = bytesOf(2_500_000);
    const path = join(folder, 'model.safetensors');
    await writeFile(path, bytes);
    const ref = await harness.plane.publish(from === 'memory' ? bytes : { path });
    expect(ref).toEqual({ sha256: sha256(bytes), sizeBytes: bytes.length });
    const get = (init: RequestInit = {}, range?: string) =>
      fetch(`${harness.url}/v1/tensors/${ref.sha256}`, {
        ...init,
        headers: { ...headers(), ...(range === undefined ? {} : { range }) },
      });
    const whole = await get();
    expect(whole.status).toBe(200);
    expect(whole.headers.get('etag')).toBe(`"${ref.sha256}"`);
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
    const rest = await get({}, 'bytes=2000000-');
    expect(rest.status).toBe(206);
    expect(rest.headers.get('content-range')).toBe('bytes 2000000-2499999/2500000');
    expect(Buffer.from(await rest.arrayBuffer()).equals(bytes.subarray(2_000_000))).toBe(true);
    const head = await get({ method: 'HEAD' });
    expect([head.headers.get('content-length'), await head.text()]).toEqual(['2500000', '']);
    for (const range of ['bytes=2500000-', 'bytes=5-1', 'rows=1-'])
      expect((await get({}, range)).status, range).toBe(416);
    await rm(folder, { recursive: true });
  });

  it('are available until their last publication is withdrawn', async () => {
    harness = await Harness.start();
    const status = async (digest: string) =>
      (await fetch(`${harness.url}/v1/tensors/${digest}`, { headers: headers() })).status;
    const { sha256: digest } = await harness.plane.publish(Buffer.from('x'));
    await harness.plane.publish(Buffer.from('x'));
    harness.plane.withdraw(digest);
    expect(await status(digest)).toBe(200);
    harness.plane.withdraw(digest);
    expect(await status(digest)).toBe(404);
  });

  it('fail the task that names them after they are withdrawn', async () => {
    harness = await Harness.start();
    harness.worker({ train: async () => ({ payload: 1 }) });
    const m = { sha256: 'a'.repeat(64), sizeBytes: 1 };
    const pending = harness.plane.request('a', { kind: 'train', payload: {}, tensors: { m } });
    await expect(pending).rejects.toMatchObject({ code: 'unknown_tensors' });
    const huge = { sha256: 'a'.repeat(64), sizeBytes: 2 ** 52 };
    await expect(
      harness.plane.request('a', { kind: 'train', payload: {}, tensors: { huge } }),
    ).rejects.toMatchObject({ code: 'too_large' });
  });
});

describe("a worker's download", () => {
  it('resumes at the last received byte, and is verified as a whole', async () => {
    const bytes = bytesOf(1_000_000);
    const asked: IncomingHttpHeaders['range'][] = [];
    const server = createServer((request, response) => {
      asked.push(request.headers.range);
      const start = Number(/\d+/.exec(request.headers.range ?? '0')![0]);
      response.writeHead(start > 0 ? 206 : 200, { 'content-length': bytes.length - start });
      if (start > 0) return void response.end(bytes.subarray(start));
      response.write(bytes.subarray(0, 600_000), () => setTimeout(() => response.destroy(), 50));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const transfers = new Transfers({
      base: new URL(`http://127.0.0.1:${port}`),
      headers: {},
      stallMs: 5_000,
    });
    const ref = { sha256: sha256(bytes), sizeBytes: bytes.length };
    const { signal } = new AbortController();
    await expect(transfers.download(ref, signal)).rejects.toThrow();
    expect(Buffer.from(await transfers.download(ref, signal)).equals(bytes)).toBe(true);
    expect(asked).toEqual([undefined, 'bytes=600000-']);

    const other = { sha256: sha256(bytes.subarray(1)), sizeBytes: bytes.length };
    await expect(transfers.download(other, signal)).rejects.toThrow();
    await expect(transfers.download(other, signal)).rejects.toMatchObject({ code: 'digest_mismatch' });
    transfers.close();
    server.close();
    server.closeAllConnections();
  });
});
