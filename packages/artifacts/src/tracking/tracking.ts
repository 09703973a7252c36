import { AsyncResource } from 'node:async_hooks';
import { mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type Logger, silentLogger } from '@synergos/contract';
import type { ArtifactContent } from '../stores/artifact-store.js';
import { Channel, type Destination } from './channel.js';
import { Outbox } from './outbox.js';
import type { Batch, RunStatus, TrackedRun } from './tracker.js';

/** How the job of a tracked run ended. */
export interface JobEnding {
  readonly status: RunStatus;
  readonly endedMs: number;
  /** Tags to add to the run of a job that ended elsewhere. */
  readonly tags?: Readonly<Record<string, string>>;
}

export interface TrackingOptions {
  /** Directory of the outboxes, used by this process only. */
  readonly directory: string;
  /** Destination of a collaboration's runs; `undefined`: none, and waiting entries are dropped. */
  readonly destinationOf: (collab: string) => Promise<Destination | undefined>;
  /** Polled, since a job may end in another process. `undefined`: the job has not ended. Default: no job has. */
  readonly endingOf?: (job: string) => Promise<JobEnding | undefined>;
  /** Pause between two polls. Default 5 s. */
  readonly lookMs?: number;
  /** Tags of every run. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly logger?: Logger;
  /** Pause after a failure, doubled each time. Default: from 1 s up to 60 s. */
  readonly retry?: { readonly firstMs: number; readonly mostMs: number };
}

/**
 * Entries of one run. They are durable when the call resolves. No call waits for a tracker or rejects: a run never fails
 * because of tracking.
 */
export interface Journal {
  /** Metrics, parameters and tags; once for each key. */
  log(key: string, batch: Batch): Promise<void>;
  /** Copies an artifact as it is now. `read` is called once, if the run does not have the artifact yet. */
  artifact(name: string, read: () => Promise<ArtifactContent | undefined>): Promise<void>;
  end(status: RunStatus, endedMs?: number): Promise<void>;
}

/** Reports runs to trackers: entries are written to disk at once, and sent when the tracker accepts them. */
export class Tracking {
  readonly #options: TrackingOptions;
  readonly #logger: Logger;
  readonly #closing = new AbortController();
  readonly #channels = new Map<string, Channel>();
  /** Outboxes of jobs that have not ended, by job. */
  readonly #outboxes = new Map<string, Outbox>();
  /**
   * Runs work outside of the caller's async context: the work continues after the call, and concerns other runs too.
   */
  readonly #apart = AsyncResource.bind((work: () => void) => work());
  #looking: Promise<void> = Promise.resolve();

  private constructor(options: TrackingOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
  }

  /** Opens the outboxes, also those with unsent entries of an earlier process. */
  static async open(options: TrackingOptions): Promise<Tracking> {
    const tracking = new Tracking(options);
    await mkdir(options.directory, { recursive: true });
    const left = await Outbox.openAll(options.directory, (folder, error) =>
      tracking.#logger.warn({ folder, err: error }, 'not an outbox of tracking; it is left alone'),
    );
    for (const outbox of left) {
      if (!outbox.isOver) tracking.#outboxes.set(outbox.name, outbox);
      void tracking.#place(outbox);
    }
    tracking.#looking = tracking.#lookForEndings();
    return tracking;
  }

  /**
   * Begins a run, or resumes it after its process died. The journal of `job` ends with the job; another job may add to
   * the same run, such as the next part of a trial.
   */
  async begin(collab: string, run: TrackedRun, job = run.id): Promise<Journal> {
    const { directory, tags = {} } = this.#options;
    try {
      const known = this.#outboxes.get(job);
      const outbox =
        known ?? (await Outbox.open(directory, job, { format: 'synergos-tracking/1', collab, run }));
      this.#outboxes.set(job, outbox);
      if (known === undefined) this.#apart(() => void this.#place(outbox));
      const journal = this.#journal(outbox);
      if (Object.keys(tags).length > 0) await journal.log('tags', { tags });
      return journal;
    } catch (error) {
      this.#logger.warn({ job, run: run.name, err: error }, 'a run is not tracked');
      const nothing = async () => undefined;
      return { log: nothing, artifact: nothing, end: nothing };
    }
  }

  /** Unsent entries stay on disk for the next process. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#looking;
    await Promise.all([...this.#channels.values()].map((channel) => channel.ended()));
  }

  #journal(outbox: Outbox): Journal {
    const { name: job } = outbox;
    let isBroken = false;
    const kept = async (work: Promise<void>, isUrgent = false) => {
      try {
        await work;
        this.#apart(() => this.#channelOf(outbox)?.wake(isUrgent));
      } catch (error) {
        if (!isBroken) this.#logger.warn({ ...outbox.ids, err: error }, 'tracking entries are lost');
        isBroken = true;
      }
    };
    return {
      log: (key, batch) => kept(outbox.append({ type: 'log', key, batch })),
      artifact: (artifact, read) => kept(outbox.appendFile(artifact, read)),
      end: async (status, endedMs = Date.now()) => {
        this.#outboxes.delete(job);
        await kept(outbox.append({ type: 'end', key: 'end', status, endedMs }), true);
      },
    };
  }

  /** Ends runs whose jobs ended elsewhere: failed after crashes, cancelled while waiting, or run by another process. */
  async #lookForEndings(): Promise<void> {
    const { signal } = this.#closing;
    const { endingOf, lookMs = 5000 } = this.#options;
    while (endingOf !== undefined && !signal.aborted) {
      for (const [job, outbox] of this.#outboxes)
        try {
          const ending = await endingOf(job);
          if (ending === undefined) continue;
          const journal = this.#journal(outbox);
          if (ending.tags !== undefined) await journal.log('error', { tags: ending.tags });
          await journal.end(ending.status, ending.endedMs);
        } catch (error) {
          this.#logger.debug({ job, err: error }, 'whether a job has ended could not be read');
        }
      await delay(lookMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Adds an outbox to the channel of its destination; retries if the destination cannot be read. */
  async #place(outbox: Outbox): Promise<void> {
    const { signal } = this.#closing;
    const { destinationOf, retry = { firstMs: 1000, mostMs: 60_000 } } = this.#options;
    while (!signal.aborted) {
      try {
        const destination = await destinationOf(outbox.head.collab);
        if (destination === undefined) return await outbox.remove();
        const channel =
          this.#channels.get(destination.name) ??
          new Channel({ destination, logger: this.#logger, retry, signal, keeps: (one) => this.#keeps(one) });
        this.#channels.set(destination.name, channel);
        return channel.add(outbox);
      } catch (error) {
        const { collab } = outbox.head;
        this.#logger.warn({ collab, err: error }, 'where a collaboration is tracked could not be read');
        await delay(retry.mostMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Whether an outbox stays in its channel; otherwise it was moved to another one, or removed. */
  async #keeps(outbox: Outbox): Promise<boolean> {
    try {
      const destination = await this.#options.destinationOf(outbox.head.collab);
      if (destination !== undefined && this.#channels.get(destination.name)?.has(outbox) === true)
        return true;
    } catch {
      return true;
    }
    await this.#place(outbox);
    return false;
  }

  #channelOf(outbox: Outbox): Channel | undefined {
    return [...this.#channels.values()].find((channel) => channel.has(outbox));
  }
}
