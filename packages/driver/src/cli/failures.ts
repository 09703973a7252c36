import { SynergosError } from '../errors.js';

export const EXIT = { refused: 1, wrongUse: 2, unreachable: 3, incomplete: 4, interrupted: 130 } as const;

/** Invalid input on the command line. The message names it and what was expected. */
export class WrongUse extends Error {
  readonly code = 'wrong_use';
  override readonly name = 'WrongUse';
}

/** The user interrupted the command; jobs continue at the TTP. */
export class Interrupted extends Error {
  readonly code = 'interrupted';
  override readonly name = 'Interrupted';
}

/** The job completed, but without any update of a participant. */
export class Incomplete extends Error {
  readonly code = 'incomplete';
  override readonly name = 'Incomplete';
}

export interface Failure {
  readonly exitCode: number;
  /** Lines for standard error. */
  readonly lines: readonly string[];
}

/** Formats an error: one line, and one more for each invalid field. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Interrupted) return { exitCode: EXIT.interrupted, lines: [error.message] };
  if (error instanceof Incomplete) return { exitCode: EXIT.incomplete, lines: [`warning: ${error.message}`] };
  if (error instanceof WrongUse) return { exitCode: EXIT.wrongUse, lines: [`error: ${error.message}`] };
  if (error instanceof SynergosError) return failureOfCall(error);
  const message = error instanceof Error ? error.message : String(error);
  if (isBrokenConnection(error))
    return {
      exitCode: EXIT.unreachable,
      lines: [`error: the connection to the TTP broke: ${message}; try again`],
    };
  return { exitCode: EXIT.refused, lines: [`error: ${message}`] };
}

function failureOfCall({ message, status, code, errors }: SynergosError): Failure {
  const all = errors.map(({ path, message: why }) => `${path}: ${why}`);
  // If one field is invalid, its message is the message of the call.
  const fields = all.filter((text) => text !== message).map((text) => `  ${text}`);
  const lines = [`error: ${message}${remedyOf(status, code, message)}`, ...fields];
  const isElsewhere = code === 'unreachable' || code === 'invalid_answer';
  return { exitCode: isElsewhere ? EXIT.unreachable : EXIT.refused, lines };
}

function remedyOf(status: number, code: string, message: string): string {
  if (status === 401 || status === 403) return '; log in with `synergos login`, or set SYNERGOS_TOKEN';
  if (code === 'invalid_answer') return '; give the address of its REST port with --url or SYNERGOS_URL';
  if (code !== 'unreachable') return '';
  if (message.includes('wrong version number'))
    return '; that port does not use TLS: give its address with http://';
  return /certificate|self.signed|issuer/i.test(message)
    ? '; for a private authority, set NODE_EXTRA_CA_CERTS to its PEM file'
    : '; check that it is running, or give another address with --url or SYNERGOS_URL';
}

/** The error of `fetch` for an answer that ended too early. */
function isBrokenConnection(error: unknown): boolean {
  return error instanceof TypeError && (error.message === 'terminated' || error.message === 'fetch failed');
}
