import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { Driver } from './driver.js';

afterEach(() => vi.unstubAllEnvs());

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

it('reaches a TTP through the proxy of HTTP_PROXY, and this machine directly', async () => {
  const ttp = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end('{"status":200,"data":[]}');
  });
  const port = await listening(ttp);
  const seen: string[] = [];
  const proxy = createServer();
  proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
    seen.push(request.url ?? '');
    const up = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      up.pipe(socket).pipe(up);
    });
    socket.on('error', () => up.destroy()).on('close', () => up.destroy());
    up.on('error', () => socket.destroy());
  });
  vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${await listening(proxy)}`);
  vi.stubEnv('NO_PROXY', '');
  expect(await new Driver({ url: `http://127.0.0.1:${port}` }).collaborations.readAll()).toEqual([]);
  expect(seen).toEqual([]);
  expect(await new Driver({ url: 'http://ttp.outside.invalid:5000' }).collaborations.readAll()).toEqual([]);
  expect(seen).toEqual(['ttp.outside.invalid:5000']);
});
