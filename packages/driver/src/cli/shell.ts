import type { Readable } from 'node:stream';

/** What the command line stands on; `main.ts` gives it the process' own. */
export interface Shell {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly now: () => Date;
  /** Calls the listener at Ctrl-C, once; the answer takes the listener away. */
  readonly onInterrupt: (listener: () => void) => () => void;
}

/** Colours and lines that move are for people only. */
export function hasColours({ env }: Shell, stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
}

export function isMoving({ env }: Shell, stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && env.TERM !== 'dumb';
}
