/** Closes what a process opened, last opened first; all of it, even if one part fails. */
export interface Closing {
  add(close: () => Promise<void> | void): void;
  close(): Promise<void>;
}

export function createClosing(): Closing {
  const closers: (() => Promise<void> | void)[] = [];
  return {
    add: (close) => void closers.push(close),
    async close() {
      const failures: unknown[] = [];
      for (let close = closers.pop(); close !== undefined; close = closers.pop())
        try {
          await close();
        } catch (error) {
          failures.push(error);
        }
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** Runs a start; closes what it has opened so far if it fails. */
export async function openOrClose<Opened>(open: (closing: Closing) => Promise<Opened>): Promise<Opened> {
  const closing = createClosing();
  try {
    return await open(closing);
  } catch (error) {
    // The reason of the failed start counts.
    await closing.close().catch(() => undefined);
    throw error;
  }
}
