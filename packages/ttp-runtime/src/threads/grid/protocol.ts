import type { Outcome } from '@synergos/contract';
import type { JobEventData, JobEventType } from '@synergos/contract/events';
import type { ParticipantStatus } from '@synergos/rpc-core';
import type { Job } from '@synergos/scaling';

export interface GridFacts {
  /** Of the data plane. */
  readonly port: number;
  /** Name of the engine that aggregates. */
  readonly engine: string;
}

/** Calls from the main thread to the grid's. */
export interface GridCalls {
  start(): Promise<Outcome<GridFacts>>;
  run(job: Job): Promise<Outcome<unknown>>;
  abort(job: string): void;
  disconnect(participant: string): void;
  close(): Promise<Outcome<void>>;
}

/** State of a grid: reported whenever a worker connects or leaves, and every second. */
export interface GridState {
  readonly participants: readonly ParticipantStatus[];
  readonly traffic: { readonly receivedBytes: number; readonly sentBytes: number };
}

/** Calls from the grid's thread to the main thread. */
export interface MainCalls {
  emit<Type extends JobEventType>(job: string, type: Type, data: JobEventData<Type>): Promise<Outcome<void>>;
  /** Reports the state, so that the main thread answers without asking the grid's thread. */
  report(state: GridState): void;
}
