import type { Outcome } from '@synergos/contract';
import type { ParticipantStatus } from '@synergos/rpc-core';
import type { Job } from '@synergos/scaling';

export interface GridFacts {
  /** Of the data plane. */
  readonly port: number;
  /** Name of the engine that aggregates. */
  readonly engine: string;
}

/** What the two threads of a TTP call in one another; this is served by the grid's thread. */
export interface GridCalls {
  start(): Promise<Outcome<GridFacts>>;
  run(job: Job): Promise<Outcome<unknown>>;
  abort(job: string): void;
  disconnect(participant: string): void;
  close(): Promise<Outcome<void>>;
}

/** How the grid stands; told when workers come and go, and every second. */
export interface GridState {
  readonly participants: readonly ParticipantStatus[];
  readonly traffic: { readonly receivedBytes: number; readonly sentBytes: number };
}

/** Served by the main thread. */
export interface MainCalls {
  emit(job: string, type: string, data: Readonly<Record<string, unknown>>): Promise<Outcome<void>>;
  /** So that nobody who asks the main thread has to wait for this one. */
  tell(state: GridState): void;
}
