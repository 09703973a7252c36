import { z } from 'zod';
import { isFailureCode, type FailureCode } from './table.js';

/** An error with a stable code from the table of failures. Base of the errors of every package. */
export class CodedError extends Error {
  readonly code: FailureCode;

  /** @param message for a person: what is wrong, what was expected, what to do. */
  constructor(code: FailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/**
 * A code from another process: a plug-in, or a worker of another version or language. The code is kept unchanged;
 * `failureKindOf` has a kind for codes that are not listed.
 */
export function foreignCode(code: string): FailureCode {
  return code as FailureCode;
}

/** The stored and transmitted part of an error. */
export const failureSchema = z.object({
  /** Usually a `FailureCode`; another string when it comes from a plug-in or another version. */
  code: z.string(),
  message: z.string(),
});
export type Failure = Readonly<z.infer<typeof failureSchema>>;

/** The failure of any thrown value. An error without a code of ours, a system error for example, is `internal`. */
export function failureOf(error: unknown): Failure {
  return { code: codeOf(error, 'internal'), message: messageOf(error) };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of an error, or `otherwise` for one without a code of ours. */
export function codeOf<Other extends string>(error: unknown, otherwise: Other): FailureCode | Other {
  if (error instanceof CodedError) return error.code;
  return error instanceof Error && 'code' in error && isFailureCode(error.code) ? error.code : otherwise;
}
