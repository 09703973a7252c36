import { isMoving, type Shell } from './shell.js';

const EVERY_MS = 1000;
const NARROWEST = 20;

/** Output of progress: on a terminal a line that is overwritten; elsewhere only permanent lines. */
export interface LiveLine {
  /** Whether a line is overwritten, so that routine progress needs no permanent line. */
  readonly moves: boolean;
  /** Sets the text of the overwritten line. It is drawn every second. */
  live(text: () => string): void;
  /** Prints a permanent line. */
  line(text: string): void;
  close(): void;
}

export function openLiveLine(shell: Shell, stream: NodeJS.WriteStream): LiveLine {
  if (!isMoving(shell, stream))
    return { moves: false, live: () => {}, line: (text) => void stream.write(`${text}\n`), close: () => {} };
  let current: (() => string) | undefined;
  const draw = () => {
    if (current === undefined) return;
    const width = Math.max(NARROWEST, (stream.columns ?? 80) - 1);
    const text = current();
    stream.write(`\r\u001b[K${text.length > width ? `${text.slice(0, width - 1)}…` : text}`);
  };
  const timer = setInterval(draw, EVERY_MS);
  return {
    moves: true,
    live(text) {
      current = text;
      draw();
    },
    line(text) {
      stream.write(`\r\u001b[K${text}\n`);
      draw();
    },
    close() {
      clearInterval(timer);
      if (current !== undefined) stream.write('\r\u001b[K');
    },
  };
}
