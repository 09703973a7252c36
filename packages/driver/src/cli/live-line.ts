import { isMoving, type Shell } from './shell.js';

const EVERY_MS = 1000;
const NARROWEST = 20;

/** Where progress goes: a line that is written over on a terminal, elsewhere only the lines that stay. */
export interface LiveLine {
  /** Whether the line moves, so that what it says need not stay as well. */
  readonly moves: boolean;
  /** What the moving line says from now on; made anew every second. */
  live(text: () => string): void;
  /** A line that stays. */
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
