/** Notifies those that wait for a change of a job. */
export interface Notifier {
  /** Resolves at the next change, or when `signal` aborts; never rejects. Call it before reading the state. */
  next(id: string, signal?: AbortSignal): { readonly happened: Promise<void>; readonly forget: () => void };
  notify(id: string): void;
  notifyAll(): void;
}

export function createNotifier(): Notifier {
  const waiting = new Map<string, Set<() => void>>();

  return {
    next(id, signal) {
      const { promise, resolve } = open();
      const listeners = waiting.get(id) ?? new Set();
      waiting.set(id, listeners.add(resolve));
      if (signal?.aborted === true) resolve();
      else signal?.addEventListener('abort', resolve, { once: true });
      return {
        happened: promise,
        forget() {
          signal?.removeEventListener('abort', resolve);
          listeners.delete(resolve);
          if (listeners.size === 0 && waiting.get(id) === listeners) waiting.delete(id);
        },
      };
    },
    notify(id) {
      for (const resolve of waiting.get(id) ?? []) resolve();
    },
    notifyAll() {
      for (const listeners of waiting.values()) for (const resolve of listeners) resolve();
    },
  };
}

function open(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
