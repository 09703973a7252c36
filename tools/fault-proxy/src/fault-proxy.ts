import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** The faults of one connection. Upstream is the direction from the client to the server. */
export interface Faults {
  /** Closes both ends after this number of upstream bytes. */
  readonly cutAfterBytes?: number;
  /** Stops forwarding after this number of upstream bytes; both ends stay open. */
  readonly stallAfterBytes?: number;
  /** Delay of each chunk, in both directions. */
  readonly delayMs?: number;
  /** Rate limit, in both directions. */
  readonly bytesPerSecond?: number;
  /** Flips one bit of the upstream byte at this position. */
  readonly damageByteAt?: number;
  /** The connection is not accepted. */
  readonly refuse?: boolean;
}

/** Called for every connection, counted from 0; `random` gives numbers in [0, 1), the same for the same seed. */
export type Plan = (connection: number, random: () => number) => Faults;

const CHUNK_BYTES = 16 * 1024;

/** A proxy between a worker and its TTP that applies the faults of its plan to their connections. */
export class FaultProxy implements AsyncDisposable {
  /** The faults of new connections. */
  plan: Plan;
  /** Bytes forwarded to the server, and back. */
  bytesUp = 0;
  bytesDown = 0;
  connections = 0;
  readonly port: number;
  readonly #links = new Set<Link>();
  readonly #close: () => void;

  private constructor(port: number, plan: Plan, close: () => void) {
    this.port = port;
    this.plan = plan;
    this.#close = close;
  }

  /** Before a server on this machine. */
  static async start(
    target: number,
    { plan = () => ({}), seed = 1 }: { readonly plan?: Plan; readonly seed?: number } = {},
  ): Promise<FaultProxy> {
    const generator = xoroshiro128plus(seed);
    const random = () => uniformFloat64(generator);
    const server = createServer({ pauseOnConnect: true }, (near) => {
      const faults = proxy.plan(proxy.connections++, random);
      if (faults.refuse === true) near.destroy();
      else proxy.#join(near, connect(target, '127.0.0.1'), faults);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy: FaultProxy = new FaultProxy((server.address() as AddressInfo).port, plan, () =>
      server.close(),
    );
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Cuts off everything that is connected now. */
  cut(): void {
    for (const { near, far } of this.#links) for (const end of [near, far]) end.destroy();
  }

  /** Stops forwarding on all present connections; both ends stay open. */
  halfOpen(): void {
    for (const link of this.#links) link.isDead = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    this.cut();
  }

  #join(near: Socket, far: Socket, faults: Faults): void {
    const link: Link = { near, far, isDead: false };
    this.#links.add(link);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#links.delete(link);
        if (!link.isDead) to.destroy();
      });
      this.#pump(link, from, to, faults).catch(() => from.destroy());
    }
    near.resume();
  }

  async #pump(link: Link, from: Socket, to: Socket, faults: Faults): Promise<void> {
    const { cutAfterBytes = Infinity, stallAfterBytes = Infinity } = faults;
    const { delayMs, bytesPerSecond, damageByteAt = -1 } = faults;
    const isUp = from === link.near;
    let passed = 0;
    for await (const data of from as AsyncIterable<Buffer>) {
      for (let at = 0; at < data.length;) {
        const most = isUp ? Math.min(CHUNK_BYTES, cutAfterBytes - passed) : CHUNK_BYTES;
        const chunk = Buffer.from(data.subarray(at, at + most));
        at += chunk.length;
        if (delayMs !== undefined) await delay(delayMs);
        if (bytesPerSecond !== undefined) await delay((1000 * chunk.length) / bytesPerSecond);
        if (link.isDead) continue;
        const damaged = damageByteAt - passed;
        if (isUp && damaged >= 0 && damaged < chunk.length) chunk[damaged]! ^= 1;
        passed += chunk.length;
        if (isUp) this.bytesUp += chunk.length;
        else this.bytesDown += chunk.length;
        if (!to.write(chunk)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
        if (isUp && passed >= stallAfterBytes) link.isDead = true;
        if (isUp && passed >= cutAfterBytes) return void [from, to].map((end) => end.destroy());
      }
    }
    if (!link.isDead) to.end();
  }
}

interface Link {
  readonly near: Socket;
  readonly far: Socket;
  isDead: boolean;
}
