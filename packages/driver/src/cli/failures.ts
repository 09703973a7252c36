import { SynergosError } from '../errors.js';

export const EXIT = { refused: 1, wrongUse: 2, unreachable: 3, incomplete: 4, interrupted: 130 } as const;

/** The command line was given something it cannot use; the message names it and says what to give. */
export class WrongUse extends Error {
  readonly code = 'wrong_use';
  override readonly name = 'WrongUse';
}

/** The user left while work goes on at the TTP. */
export class Interrupted extends Error {
  readonly code = 'interrupted';
  override readonly name = 'Interrupted';
}

/** The work is done, but a participant contributed nothing to it. */
export class Incomplete extends Error {
  readonly code = 'incomplete';
  override readonly name = 'Incomplete';
}

export interface Failure {
  readonly exitCode: number;
  /** What is told on standard error. */
  readonly lines: readonly string[];
}

/** What a person is told of an error: one line, and one more a field at fault. */
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
  // The message of a call with one field at fault is that field's.
  const fields = all.filter((text) => text !== message).map((text) => `  ${text}`);
  const lines = [`error: ${message}${remedyOf(status, code, message)}`, ...fields];
  const isElsewhere = code === 'unreachable' || code === 'invalid_answer';
  return { exitCode: isElsewhere ? EXIT.unreachable : EXIT.refused, lines };
}

function remedyOf(status: number, code: string, message: string): string {
  if (status === 401 || status === 403) return '; log in with `synergos login`, or set SYNERGOS_TOKEN';
  if (code === 'invalid_answer') return '; give the address of its REST port by --url or SYNERGOS_URL';
  if (code !== 'unreachable') return '';
  if (message.includes('wrong version number'))
    return '; that port does not speak TLS: give its address with http://';
  return /certificate|self.signed|issuer/i.test(message)
    ? '; for an authority of your own set NODE_EXTRA_CA_CERTS to its PEM file'
    : '; is it running there? --url or SYNERGOS_URL give another address';
}

/** As `fetch` tells of an answer that ended too early. */
function isBrokenConnection(error: unknown): boolean {
  return error instanceof TypeError && (error.message === 'terminated' || error.message === 'fetch failed');
}
