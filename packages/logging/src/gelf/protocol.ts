/** Where a GELF input listens. */
export interface GelfTarget {
  readonly host: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

/** Messages of the process that ships records to the process that writes them. */
export interface ShipReport {
  /** Records read from the pipe that are now sent, or lost; since the start. */
  readonly done: number;
  /** Of these: lost for certain, as they are too long or came back. */
  readonly lost: number;
  /** Records that may be lost: the connection ended within a second after them, and their arrival is not known. */
  readonly unsure: number;
  /** Whether the server takes records. */
  readonly up: boolean;
  /** Why it does not. */
  readonly reason?: string | undefined;
}

/** Sends GELF messages to one server. */
export interface GelfTransport {
  /** Resolves when the operating system has all records. Retries without limit, so that the writer waits. */
  send(messages: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Events of a transport. */
export interface TransportEvents {
  up(): void;
  down(reason: string): void;
  lost(count: number): void;
  unsure(count: number): void;
}

export const RETRY_MS = 500;
