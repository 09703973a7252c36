import { DataPlaneError } from '../protocol/errors.js';

export interface ParticipantStatus {
  readonly participant: string;
  readonly connected: boolean;
  /** Milliseconds since the epoch. */
  readonly lastSeen: number;
  readonly software: string;
  readonly hardware: Readonly<Record<string, string | number>>;
  readonly capabilities: readonly string[];
}

export interface PresenceEvent {
  readonly participant: string;
  readonly connected: boolean;
  /** The worker was stopped and said so: it is not to be expected back soon, as one whose connection broke is. */
  readonly leaves: boolean;
}

/** Presence registry: the connected participants, and those that were connected. */
export class Presence {
  readonly #known = new Map<string, ParticipantStatus>();
  readonly #listeners = new Set<(event: PresenceEvent) => void>();

  get(participant: string): ParticipantStatus | undefined {
    return this.#known.get(participant);
  }

  all(): readonly ParticipantStatus[] {
    return [...this.#known.values()];
  }

  joined(status: Omit<ParticipantStatus, 'connected'>): void {
    this.#known.set(status.participant, { ...status, connected: true });
    this.#tell({ participant: status.participant, connected: true, leaves: false });
  }

  seen(participant: string, lastSeen: number): void {
    const status = this.#known.get(participant);
    if (status !== undefined) this.#known.set(participant, { ...status, lastSeen });
  }

  /** Reports a participant as connected again: it answered a task that was over, so its worker is free. */
  answered(participant: string): void {
    if (this.#known.get(participant)?.connected === true)
      this.#tell({ participant, connected: true, leaves: false });
  }

  left(participant: string, leaves: boolean): void {
    const status = this.#known.get(participant);
    if (status === undefined) return;
    this.#known.set(participant, { ...status, connected: false });
    this.#tell({ participant, connected: false, leaves });
  }

  subscribe(listener: (event: PresenceEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  whenConnected(
    participants: readonly string[],
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<void> {
    const missing = () => participants.filter((name) => this.#known.get(name)?.connected !== true);
    return new Promise((resolve, reject) => {
      if (missing().length === 0) return resolve();
      if (signal?.aborted) return reject(signal.reason as Error);
      const end = (settle: () => void) => {
        clearTimeout(timer);
        unsubscribe();
        signal?.removeEventListener('abort', abort);
        settle();
      };
      const timer = setTimeout(() => {
        const message = `not connected after ${Math.round(timeoutMs / 1000)} s: ${missing().join(', ')}`;
        end(() => reject(new DataPlaneError('not_connected', message)));
      }, timeoutMs);
      const unsubscribe = this.subscribe(() => {
        if (missing().length === 0) end(resolve);
      });
      const abort = () => end(() => reject(signal?.reason as Error));
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  #tell(event: PresenceEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}
