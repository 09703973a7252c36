import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';

/** A port of this machine that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Whether something accepts connections there. */
export const listens = (port: number): Promise<boolean> => shows(port, 'connect');

/** Whether a broker answers there: the port of a container may accept connections before anything in it listens. */
export const answersAmqp = (port: number): Promise<boolean> => shows(port, 'data', 'AMQP\0\0\u0009\u0001');

function shows(port: number, sign: 'connect' | 'data', greeting = ''): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1000 });
    const told = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .once('connect', () => socket.write(greeting))
      .once(sign, () => told(true))
      .once('error', () => told(false))
      .once('close', () => told(false))
      .once('timeout', () => told(false));
  });
}
