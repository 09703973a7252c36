import { CodedError, failureOf, foreignCode, type Failure } from './coded-error.js';

/** The result of a call to another thread. Errors travel as values because a copied error loses its code. */
export type Outcome<Value> =
  | { readonly ok: true; readonly value: Value }
  | (Failure & {
      readonly ok: false;
      /** Stack of the original error, for the log of this machine. */
      readonly stack?: string | undefined;
    });

export async function outcomeOf<Value>(
  work: () => Promise<Value> | Value,
  describe: (error: unknown) => Failure = failureOf,
): Promise<Outcome<Value>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, ...describe(error), stack: error instanceof Error ? error.stack : undefined };
  }
}

/** The value, or throws an error with the code and message of the original one; its cause has the original stack. */
export function valueOf<Value>(
  outcome: Outcome<Value>,
  ErrorClass: new (...args: ConstructorParameters<typeof CodedError>) => Error = CodedError,
): Value {
  if (outcome.ok) return outcome.value;
  const { code, message, stack } = outcome;
  const cause = Object.assign(new Error('in another thread'), { stack });
  throw new ErrorClass(foreignCode(code), message, stack === undefined ? undefined : { cause });
}
