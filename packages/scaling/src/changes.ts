/** Tells who waits for a job that something about it changed. */
export interface Changes {
  /** Resolves at the next change, or when `signal` aborts; never rejects. Begin it before a look at the state. */
  next(id: string, signal?: AbortSignal): { readonly happened: Promise<void>; readonly forget: () => void };
  tell(id: string): void;
  tellAll(): void;
}

export function createChanges(): Changes {
  const waiting = new Map<string, Set<() => void>>();

  return {
    next(id, signal) {
      const { promise, resolve } = open();
      const those = waiting.get(id) ?? new Set();
      waiting.set(id, those.add(resolve));
      if (signal?.aborted === true) resolve();
      else signal?.addEventListener('abort', resolve, { once: true });
      return {
        happened: promise,
        forget() {
          signal?.removeEventListener('abort', resolve);
          those.delete(resolve);
          if (those.size === 0 && waiting.get(id) === those) waiting.delete(id);
        },
      };
    },
    tell(id) {
      for (const resolve of waiting.get(id) ?? []) resolve();
    },
    tellAll() {
      for (const those of waiting.values()) for (const resolve of those) resolve();
    },
  };
}

function open(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
