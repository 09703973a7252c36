import { addressGroup } from './addresses.js';

export interface ConnectionLimits {
  /** Connections of the port. */
  readonly total: number;
  /** Connections of one address; see `addressGroup`. */
  readonly perAddress: number;
  /** Connections that have not shown a valid token yet, in all and of one address. */
  readonly strangers: number;
  readonly strangersPerAddress: number;
  /** Connections that show the token of one participant. */
  readonly perParticipant: number;
}

/** Limits of a port with `total` connections: half of them for one address, an eighth for those without a token. */
export function limitsOf(total: number): ConnectionLimits {
  return {
    total,
    perAddress: Math.max(1, Math.floor(total / 2)),
    strangers: Math.max(1, Math.floor(total / 8)),
    strangersPerAddress: Math.max(1, Math.floor(total / 16)),
    perParticipant: 64,
  };
}

export const DEFAULT_CONNECTIONS = 8192;

/** The part of `net.Socket` that the gate needs. */
export interface GatedSocket {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  destroy(): unknown;
  once(event: 'close', listener: () => void): unknown;
}

interface Entry<Socket> {
  readonly socket: Socket;
  readonly group: string;
  isStranger: boolean;
  participant?: string;
}

/** Counts a port's connections and refuses those beyond its limits. */
export class ConnectionGate<Socket extends GatedSocket> {
  readonly #limits: ConnectionLimits;
  /** By peer: under TLS, a request's socket is another object than the connection that was admitted. */
  readonly #entries = new Map<string, Entry<Socket>>();
  readonly #counts = new Map<string, number>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /** All open connections. */
  get sockets(): readonly Socket[] {
    return [...this.#entries.values()].map(({ socket }) => socket);
  }

  /** Counts a new connection until it closes; undefined. Destroys it and returns why if a limit is reached. */
  admit(socket: Socket): string | undefined {
    const { total, perAddress, strangers, strangersPerAddress } = this.#limits;
    const group = addressGroup(socket.remoteAddress);
    const full =
      this.#entries.size >= total
        ? `${total} connections are open`
        : this.#of(`all ${group}`) >= perAddress
          ? `${perAddress} connections of this address are open`
          : this.#of('strangers') >= strangers
            ? `${strangers} connections without a valid token are open`
            : this.#of(`strangers ${group}`) >= strangersPerAddress
              ? `${strangersPerAddress} connections of this address without a valid token are open`
              : undefined;
    if (full !== undefined) {
      socket.destroy();
      return full;
    }
    const peer = peerOf(socket);
    const entry: Entry<Socket> = { socket, group, isStranger: true };
    this.#entries.set(peer, entry);
    this.#count(entry, 1);
    socket.once('close', () => {
      this.#count(entry, -1);
      if (this.#entries.get(peer) === entry) this.#entries.delete(peer);
    });
    return undefined;
  }

  isStranger(socket: GatedSocket): boolean {
    return this.#entries.get(peerOf(socket))?.isStranger ?? false;
  }

  /** The connection has shown a valid token. False if the participant has too many connections. */
  trust(socket: GatedSocket, participant?: string): boolean {
    const entry = this.#entries.get(peerOf(socket));
    if (entry === undefined) return true;
    const isNew = participant !== undefined && entry.participant !== participant;
    if (isNew && this.#of(`participant ${participant}`) >= this.#limits.perParticipant) return false;
    this.#count(entry, -1);
    entry.isStranger = false;
    if (participant !== undefined) entry.participant = participant;
    this.#count(entry, 1);
    return true;
  }

  #of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  #count({ group, isStranger, participant }: Entry<Socket>, by: 1 | -1): void {
    const keys = [
      `all ${group}`,
      ...(isStranger ? ['strangers', `strangers ${group}`] : []),
      ...(participant === undefined ? [] : [`participant ${participant}`]),
    ];
    for (const key of keys) {
      const count = this.#of(key) + by;
      if (count === 0) this.#counts.delete(key);
      else this.#counts.set(key, count);
    }
  }
}

function peerOf({ remoteAddress, remotePort }: GatedSocket): string {
  return `${remoteAddress} ${remotePort}`;
}
