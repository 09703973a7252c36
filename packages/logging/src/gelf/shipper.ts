import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { GelfTarget, ShipReport } from './protocol.js';

export interface ShipperOptions extends GelfTarget {
  /** Called once each time the server becomes reachable or unreachable. */
  readonly onState: (up: boolean, reason?: string) => void;
  /** Most that waits while the server is away; further records are lost, and counted. Default 8 MiB. */
  readonly bufferBytes?: number | undefined;
}

/** Records since the start. */
export interface ShipperCounts {
  readonly written: number;
  /** Lost for certain. */
  readonly lost: number;
  /** Sent within the second before a connection broke: perhaps lost. */
  readonly unsure: number;
  /** Not sent yet. */
  readonly waiting: number;
}

const ENTRY = fileURLToPath(new URL('ship.js', import.meta.url));
const BUFFER_BYTES = 8 * 1024 * 1024;
const RESTART_MS = 1000;
const CLOSE_MS = 2000;
/** A server that is away will hardly come back while this process ends. */
const CLOSE_WHILE_AWAY_MS = 300;

/**
 * Hands records to a process of its own that sends them to a GELF server: neither formatting nor sending takes time of this
 * event loop, and the last records of a process that is killed still arrive.
 */
export class Shipper {
  readonly #options: ShipperOptions;
  readonly #bufferBytes: number;
  #child: ChildProcess;
  /** Written in this turn of the event loop, for one write. */
  #batch = '';
  #batched = 0;
  #dropped = 0;
  /** To the process that runs now. */
  #handedOver = 0;
  /** Of processes that ended. */
  #past = { done: 0, lost: 0, unsure: 0 };
  #report: ShipReport = { done: 0, lost: 0, unsure: 0, up: false };
  #told: string | undefined;
  #closing = false;
  readonly #flush = () => {
    if (this.#batch === '') return;
    this.#handedOver += this.#batched;
    (this.#child.stdin as Socket).write(this.#batch);
    this.#batch = '';
    this.#batched = 0;
  };

  constructor(options: ShipperOptions) {
    this.#options = options;
    this.#bufferBytes = options.bufferBytes ?? BUFFER_BYTES;
    this.#child = this.#spawn();
    process.on('exit', this.#flush);
  }

  get counts(): ShipperCounts {
    const { done, lost, unsure } = this.#report;
    const waiting = this.#handedOver - done + this.#batched;
    return {
      written: this.#past.done + done + waiting + this.#dropped,
      lost: this.#past.lost + lost + this.#dropped,
      unsure: this.#past.unsure + unsure,
      waiting,
    };
  }

  /** Takes a line; never waits. */
  write(line: string): void {
    const { stdin } = this.#child;
    if (
      this.#closing ||
      stdin === null ||
      !stdin.writable ||
      stdin.writableLength + this.#batch.length + line.length > this.#bufferBytes
    ) {
      this.#dropped += 1;
      return;
    }
    if (this.#batch === '') queueMicrotask(this.#flush);
    this.#batch += line;
    this.#batched += 1;
  }

  /** Waits until all is sent, at most two seconds; hardly at all where the server is away. */
  async close(): Promise<void> {
    this.#flush();
    this.#closing = true;
    process.off('exit', this.#flush);
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    child.stdin?.end();
    const timer = setTimeout(() => child.kill('SIGKILL'), this.#report.up ? CLOSE_MS : CLOSE_WHILE_AWAY_MS);
    await once(child, 'exit');
    if (child.connected) await once(child, 'disconnect');
    clearTimeout(timer);
  }

  #spawn(): ChildProcess {
    const { host, port, protocol } = this.#options;
    const child = spawn(
      process.execPath,
      [ENTRY, JSON.stringify({ host, port, protocol } satisfies GelfTarget)],
      {
        // Secrets in the environment do not reach the sender. Run from sources, it needs their loader.
        env: import.meta.url.endsWith('.ts') ? { NODE_OPTIONS: process.env.NODE_OPTIONS } : {},
        stdio: ['pipe', 'ignore', 'inherit', 'ipc'],
      },
    );
    // It does not keep this process alive.
    child.unref();
    child.channel?.unref();
    (child.stdin as Socket).unref();
    child.stdin?.on('error', () => undefined);
    child.on('message', (report: ShipReport) => {
      this.#report = report;
      this.#tell();
    });
    child.on('error', (error) => this.#ended(error.message));
    child.on('exit', (code, signal) => {
      const ended = () => this.#ended(`its process ended with ${signal ?? `code ${code}`}`);
      // Its last report may still be on its way.
      if (child.connected) child.once('disconnect', ended);
      else ended();
    });
    return child;
  }

  #tell(): void {
    const { up, reason } = this.#report;
    const state = up ? 'up' : reason;
    if (state === undefined || state === this.#told) return;
    this.#told = state;
    this.#options.onState(up, reason);
  }

  /** What was with it and not reported is lost. */
  #ended(reason: string): void {
    const { done, lost, unsure } = this.#report;
    const gone = this.#handedOver - done;
    this.#past = {
      done: this.#past.done + this.#handedOver,
      lost: this.#past.lost + lost + gone,
      unsure: this.#past.unsure + unsure,
    };
    this.#handedOver = 0;
    this.#report = { done: 0, lost: 0, unsure: 0, up: false, reason };
    if (this.#closing) return;
    this.#tell();
    const timer = setTimeout(() => {
      if (!this.#closing) this.#child = this.#spawn();
    }, RESTART_MS);
    timer.unref();
  }
}
