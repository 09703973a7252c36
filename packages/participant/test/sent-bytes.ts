import { connect, createServer, type AddressInfo } from 'node:net';

/** A connection between a worker and its TTP that records every byte that the worker sends. */
export async function recordedLine(port: number) {
  const sent: Buffer[][] = [];
  const server = createServer((worker) => {
    const chunks: Buffer[] = [];
    sent.push(chunks);
    const ttp = connect(port, '127.0.0.1');
    worker.on('data', (chunk) => chunks.push(chunk));
    worker.pipe(ttp).pipe(worker);
    for (const socket of [worker, ttp]) socket.on('error', () => [worker, ttp].map((one) => one.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** All of it, with the masks of WebSocket frames taken off. */
    text: () => sent.map((chunks) => unmasked(Buffer.concat(chunks)).toString('latin1')).join('\n'),
    close: () => server.close(),
  };
}

function unmasked(bytes: Buffer): Buffer {
  const end = bytes.indexOf('\r\n\r\n') + 4;
  const request = bytes.subarray(0, end);
  if (!/\r\nupgrade: websocket\r\n/i.test(request.toString('latin1'))) return bytes;
  const parts = [request];
  for (let at = end; at + 6 <= bytes.length;) {
    const short = bytes[at + 1]! & 0x7f;
    const wide = short === 126 ? 2 : short === 127 ? 8 : 0;
    const length =
      wide === 0 ? short : wide === 2 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    const mask = bytes.subarray(at + 2 + wide, at + 6 + wide);
    const payload = bytes.subarray(at + 6 + wide, at + 6 + wide + length);
    parts.push(Buffer.from(payload.map((byte, index) => byte ^ mask[index % 4]!)), Buffer.from('\n'));
    at += 6 + wide + length;
  }
  return Buffer.concat(parts);
}
