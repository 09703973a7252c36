let lastMs = 0;
let last = '';

/** For pino: the time as ISO 8601 text, made once for all records of a millisecond. */
export function isoTime(): string {
  const now = Date.now();
  if (now !== lastMs) {
    lastMs = now;
    last = `,"time":"${new Date(now).toISOString()}"`;
  }
  return last;
}
