import { writeFile } from 'node:fs/promises';
import type { Logger } from '@synergos/contract';

const INTERVAL_MS = 10_000;

/** Writes the time to a file every few seconds while the worker is connected: a health check reads its age. */
export class HealthFile {
  readonly #path: string | undefined;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout | undefined;
  #isConnected = false;

  constructor(path: string | undefined, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
    if (path !== undefined) this.#timer = setInterval(() => this.#write(), INTERVAL_MS);
  }

  /** Writes the file at once if the worker is connected, and stops writing it if it is not. */
  update(isConnected: boolean): void {
    this.#isConnected = isConnected;
    this.#write();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #write(): void {
    if (!this.#isConnected || this.#path === undefined) return;
    writeFile(this.#path, `${new Date().toISOString()}\n`).catch((err: unknown) =>
      this.#logger.warn({ err }, 'cannot write the health file'),
    );
  }
}
