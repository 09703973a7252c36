import { createHash, randomBytes } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@synergos/contract';
import { WebSocket } from 'ws';
import {
  DataPlane,
  WorkerClient,
  type ConnectionState,
  type DataPlaneOptions,
  type TaskHandler,
  type TensorsSink,
  type WorkerClientOptions,
} from '../src/index.js';

/** A TTP and its workers for one test, ended with it. */
export class Harness {
  readonly log = new RecordingLogger();
  readonly plane: DataPlane;
  port = 0;
  /** TCP connections through `relay()`, in pairs: the dialling one and the one to the data port. */
  readonly relayed: Socket[] = [];
  readonly #ends: (() => unknown)[] = [];

  private constructor(options: Partial<DataPlaneOptions>) {
    this.plane = new DataPlane({
      authenticate: (participant, token) =>
        participant === 'stranger' ? 'unknown participant' : token === 'secret' ? 'ok' : 'wrong token',
      logger: this.log,
      heartbeatMs: 200,
      ...options,
    });
  }

  static async start(options: Partial<DataPlaneOptions> = {}): Promise<Harness> {
    const harness = new Harness(options);
    ({ port: harness.port } = await harness.plane.listen(0));
    return harness;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The address of a relay to the data port. */
  async relay(): Promise<string> {
    const server = createServer((from) => {
      const to = connect(this.port, '127.0.0.1');
      from.pipe(to).pipe(from);
      for (const [socket, peer] of [
        [from, to],
        [to, from],
      ] as const)
        socket.on('error', () => undefined).on('close', () => peer.destroy());
      this.relayed.push(from, to);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#ends.push(() => {
      server.close();
      for (const socket of this.relayed) socket.destroy();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  worker(handlers: Record<string, TaskHandler> = {}, options: Partial<WorkerClientOptions> = {}) {
    const log = new RecordingLogger();
    const states: ConnectionState[] = [];
    const client = new WorkerClient({
      url: this.url,
      participant: 'a',
      token: 'secret',
      software: 'test/1',
      handlers,
      logger: log,
      backoff: { firstMs: 20, longestMs: 100 },
      onState: (state) => states.push(state),
      ...options,
    });
    this.#ends.push(() => client.close());
    client.start();
    return { client, log, states };
  }

  /** A bare control connection, without the worker's client. */
  async socket(participant = 'a'): Promise<{ socket: WebSocket; messages: Record<string, unknown>[] }> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.port}/v1/control`, { headers: headers(participant) });
    const messages: Record<string, unknown>[] = [];
    socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as never));
    socket.on('error', () => undefined);
    this.#ends.push(() => socket.terminate());
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return { socket, messages };
  }

  connected(...participants: string[]): Promise<void> {
    return this.plane.whenConnected(participants, { timeoutMs: 5_000 });
  }

  async end(): Promise<void> {
    for (const end of this.#ends) await end();
    await this.plane.close();
  }
}

export class RecordingLogger implements Logger {
  readonly lines: string[] = [];
  debug(): void {}
  info(_fields: object, message: string): void {
    this.lines.push(`info ${message}`);
  }
  warn(_fields: object, message: string): void {
    this.lines.push(`warn ${message}`);
  }
  error(_fields: object, message: string): void {
    this.lines.push(`error ${message}`);
  }
}

export function headers(participant = 'a', token = 'secret'): Record<string, string> {
  return { 'x-synergos-participant': participant, authorization: `Bearer ${token}` };
}

export const hello = {
  type: 'hello',
  protocol: { major: 1, minor: 0 },
  participant: 'a',
  software: 'bare/1',
};

export function bytesOf(sizeBytes: number): Buffer {
  return randomBytes(sizeBytes);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Takes an upload into memory and keeps count of what happened. */
export class MemorySink implements TensorsSink {
  readonly chunks: Uint8Array[] = [];
  commits = 0;
  aborts = 0;
  write(chunk: Uint8Array): void {
    this.chunks.push(Uint8Array.from(chunk));
  }
  commit(): void {
    this.commits++;
  }
  abort(): void {
    this.aborts++;
  }
  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

/** Waits until `condition` holds; fails after 5 s. */
export async function until(condition: () => boolean, what = condition.toString()): Promise<void> {
  for (const end = Date.now() + 5_000; !condition(); await delay(5))
    if (Date.now() > end) throw new Error(`did not come true in 5 s: ${what}`);
}

/** Ends when the task's signal does. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );
}
