import type { Readable } from 'node:stream';

/** Streams, environment and clock of a command; `main.ts` passes those of the process. */
export interface Shell {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly now: () => Date;
  /** Calls the listener once at Ctrl-C. Returns a function that removes the listener. */
  readonly onInterrupt: (listener: () => void) => () => void;
}

/** Whether a stream is a terminal that shows colours. */
export function hasColours({ env }: Shell, stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
}

export function isMoving({ env }: Shell, stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && env.TERM !== 'dumb';
}
