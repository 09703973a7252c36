/** Where a GELF input listens. */
export interface GelfTarget {
  readonly host: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

/** What the process that ships records tells the one that writes them. */
export interface ShipReport {
  /** Records read from the pipe that are now sent, or lost; since the start. */
  readonly done: number;
  /** Of these: lost for certain, as they are too long or came back. */
  readonly lost: number;
  /** Of these: perhaps lost, as the connection broke within a second after them; they cannot be told from those that arrived. */
  readonly unsure: number;
  /** Whether the server takes records. */
  readonly up: boolean;
  /** Why it does not. */
  readonly reason?: string | undefined;
}

/** Sends GELF messages to one server. */
export interface GelfTransport {
  /** Resolves when all are with the operating system: tries for ever, so that whoever feeds it has to wait. */
  send(messages: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** What a transport tells as it happens. */
export interface TransportEvents {
  up(): void;
  down(reason: string): void;
  lost(count: number): void;
  unsure(count: number): void;
}

export const RETRY_MS = 500;
