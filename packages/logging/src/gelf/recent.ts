const WINDOW_MS = 1000;

/** How many records were sent within the last second. */
export class Recent {
  #entries: { readonly atMs: number; readonly count: number }[] = [];

  add(count: number): void {
    const atMs = performance.now();
    this.#entries = this.#entries.filter((entry) => entry.atMs > atMs - WINDOW_MS);
    this.#entries.push({ atMs, count });
  }

  /** Returns the recent count and resets it. */
  take(): number {
    const since = performance.now() - WINDOW_MS;
    const recent = this.#entries.filter(({ atMs }) => atMs > since);
    this.#entries = [];
    return recent.reduce((sum, { count }) => sum + count, 0);
  }
}
