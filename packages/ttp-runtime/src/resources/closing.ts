/** Closes what a process opened, last opened first. */
export interface Closing {
  add(close: () => Promise<void> | void): void;
  close(): Promise<void>;
}

export function createClosing(): Closing {
  const closers: (() => Promise<void> | void)[] = [];
  return {
    add: (close) => void closers.push(close),
    async close() {
      for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
    },
  };
}

/** Runs a start; closes what it has opened so far if it fails. */
export async function openOrClose<Opened>(open: (closing: Closing) => Promise<Opened>): Promise<Opened> {
  const closing = createClosing();
  try {
    return await open(closing);
  } catch (error) {
    await closing.close();
    throw error;
  }
}
