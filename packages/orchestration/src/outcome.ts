import { foreignCode } from '@synergos/contract';
import { OrchestrationError, reasonOf } from './errors.js';

/** What a call to another thread gives: errors travel as values, for a copied error loses its code. */
export type Outcome<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly code: string; readonly message: string };

export async function outcomeOf<Value>(work: () => Promise<Value> | Value): Promise<Outcome<Value>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, ...reasonOf(error) };
  }
}

/** Throws an error with the code and the message that the other thread's had. */
export function valueOf<Value>(outcome: Outcome<Value>): Value {
  if (outcome.ok) return outcome.value;
  throw new OrchestrationError(foreignCode(outcome.code), outcome.message);
}
