import type { ParticipantStatus } from '@synergos/rpc-core';
import type { Job } from '@synergos/scaling';
import { OrchestrationError, reasonOf } from '../errors.js';

/** What the two threads of a TTP call in one another: errors travel as outcomes, for a copied error loses its code. */
export type Outcome<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly code: string; readonly message: string };

export interface GridFacts {
  /** Of the data plane. */
  readonly port: number;
  /** Name of the engine that aggregates. */
  readonly engine: string;
}

/** Served by the grid's thread. */
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

export async function outcomeOf<Value>(work: () => Promise<Value>): Promise<Outcome<Value>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, ...reasonOf(error) };
  }
}

/** Throws an error with the code and the message that the other thread's had. */
export function valueOf<Value>(outcome: Outcome<Value>): Value {
  if (outcome.ok) return outcome.value;
  throw new OrchestrationError(outcome.code, outcome.message);
}
