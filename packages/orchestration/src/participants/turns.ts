/** Gives each participant one task at a time. Tasks of several jobs take turns in the order of their requests. */
export interface Turns {
  /** Runs `work` in the participant's next turn; rejects with the signal's reason if it aborts first. */
  take<Result>(participant: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result>;
}

export function createTurns(): Turns {
  /** Resolves when the participant's last turn is over. */
  const last = new Map<string, Promise<void>>();
  return {
    async take(participant, signal, work) {
      const before = last.get(participant);
      let end: () => void = () => undefined;
      const over = new Promise<void>((resolve) => (end = resolve));
      const turn = before === undefined ? over : before.then(() => over);
      last.set(participant, turn);
      try {
        if (before !== undefined) await unlessAborted(before, signal);
        return await work();
      } finally {
        end();
        if (last.get(participant) === turn) last.delete(participant);
      }
    },
  };
}

async function unlessAborted(wait: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  let abort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    await Promise.race([wait, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
