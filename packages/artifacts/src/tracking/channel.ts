import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@synergos/contract';
import { TrackerRefused, TrackerUnavailable } from '../errors.js';
import type { Outbox, Waiting } from './outbox.js';
import type { Entry } from './outbox-entries.js';
import type { Tracker } from './tracker.js';

/** Destination of runs. */
export interface Destination {
  /** Address or path, for logs. */
  readonly name: string;
  readonly tracker: Tracker;
}

export interface ChannelOptions {
  readonly destination: Destination;
  readonly logger: Logger;
  /** Pause after a failure, doubled each time up to `mostMs`. */
  readonly retry: { readonly firstMs: number; readonly mostMs: number };
  /** Called after a failure: whether the run still has this destination. */
  readonly keeps: (outbox: Outbox) => Promise<boolean>;
  readonly signal: AbortSignal;
}

/** Maximum number of metrics sent together. */
const METRICS_AT_ONCE = 1000;
const PAUSE_MS = 500;

/**
 * Sends the outboxes of one destination, entry by entry. An entry is repeated until the tracker accepts or refuses it.
 */
export class Channel {
  readonly #options: ChannelOptions;
  readonly #runIds = new Map<Outbox, string>();
  readonly #outboxes = new Set<Outbox>();
  #isWoken = false;
  /** Ends the pause between two passes. */
  #hurry = new AbortController();
  #work: Promise<void> | undefined;

  constructor(options: ChannelOptions) {
    this.#options = options;
  }

  add(outbox: Outbox): void {
    this.#outboxes.add(outbox);
    this.wake();
  }

  has(outbox: Outbox): boolean {
    return this.#outboxes.has(outbox);
  }

  /** Reports a new entry; an urgent one is sent at once. */
  wake(isUrgent = false): void {
    this.#isWoken = true;
    if (isUrgent) this.#hurry.abort();
    this.#work ??= this.#run();
  }

  /** Resolves when the channel has stopped after its signal aborted. */
  async ended(): Promise<void> {
    await this.#work;
  }

  async #run(): Promise<void> {
    const { signal, retry, logger, destination } = this.#options;
    const tracker = destination.name;
    for (let failures = 0; this.#isWoken && !signal.aborted;) {
      this.#isWoken = false;
      const failure = await this.#pass();
      if (signal.aborted) break;
      if (failure === undefined) {
        if (failures > 0) logger.info({ tracker }, 'tracking goes on: all that waited was sent');
        failures = 0;
        await this.#pause();
        continue;
      }
      const said = 'tracking entries wait and are sent later; runs are not affected';
      logger[failures === 0 ? 'warn' : 'debug']({ tracker, err: failure }, said);
      const pauseMs = Math.min(retry.firstMs * 2 ** failures++, retry.mostMs);
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      await this.#giveUpMoved();
      this.#isWoken = true;
    }
    // In the same turn as the last check of #isWoken, so that no wake-up is lost.
    this.#work = undefined;
  }

  /** Collects short rounds: a file or call has the same cost for one metric and for many. */
  async #pause(): Promise<void> {
    const signal = AbortSignal.any([this.#options.signal, this.#hurry.signal]);
    await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    this.#hurry = new AbortController();
  }

  /** Sends all waiting entries; returns the failure because of which entries still wait. */
  async #pass(): Promise<unknown> {
    let failure: unknown;
    for (const outbox of this.#outboxes) {
      try {
        // Entries that arrive meanwhile wait for the next pass, so that short rounds are still sent together.
        const { sizeBytes } = outbox;
        while (outbox.hasWaiting(sizeBytes) && !this.#options.signal.aborted) await this.#sendPortion(outbox);
      } catch (error) {
        failure ??= error;
        // A tracker that does not answer would not answer for the next run either.
        if (error instanceof TrackerUnavailable && !error.answered) break;
      }
    }
    return failure;
  }

  async #sendPortion(outbox: Outbox): Promise<void> {
    for (const group of groupsOf(await outbox.waiting())) {
      if (!(await this.#isOpen(outbox))) return;
      const last = group.at(-1);
      await this.#send(outbox, group);
      if (last?.entry.type === 'end') return this.#giveUp(outbox);
      if (last !== undefined) await outbox.sent(last.endBytes);
    }
  }

  /**
   * Sends a group of entries; if it is refused, sends each entry separately, so that only the invalid entry is lost.
   */
  async #send(outbox: Outbox, group: readonly Waiting[]): Promise<void> {
    try {
      await this.#sendEntry(outbox, merge(group.map(({ entry }) => entry)));
    } catch (error) {
      const isLost = error instanceof TrackerRefused || (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (!isLost) throw error;
      if (group.length > 1) {
        for (const one of group) await this.#send(outbox, [one]);
        return;
      }
      const fields = { ...outbox.ids, entry: group[0]?.entry.key, err: error };
      this.#options.logger.warn(fields, 'a tracking entry is left out');
    }
  }

  async #sendEntry(outbox: Outbox, entry: Entry): Promise<void> {
    const { tracker } = this.#options.destination;
    const { signal } = this.#options;
    const runId = this.#runIds.get(outbox) ?? '';
    switch (entry.type) {
      case 'log':
        return tracker.log(runId, entry.batch, signal);
      case 'artifact':
        return tracker.putArtifact(runId, entry.name, entry.file, signal);
      case 'end':
        return tracker.endRun(runId, entry.status, entry.endedMs, signal);
    }
  }

  /** Opens the run if it is not open yet. Drops a run that the tracker refuses. */
  async #isOpen(outbox: Outbox): Promise<boolean> {
    if (this.#runIds.has(outbox)) return true;
    const { run } = outbox.head;
    try {
      const { tracker } = this.#options.destination;
      this.#runIds.set(outbox, await tracker.openRun(run, this.#options.signal));
      return true;
    } catch (error) {
      if (!(error instanceof TrackerRefused)) throw error;
      const fields = { ...outbox.ids, err: error };
      this.#options.logger.warn(fields, 'a run is not tracked any more');
      await this.#giveUp(outbox);
      return false;
    }
  }

  async #giveUp(outbox: Outbox): Promise<void> {
    await outbox.remove();
    this.#forget(outbox);
  }

  async #giveUpMoved(): Promise<void> {
    for (const outbox of this.#outboxes)
      if (!this.#options.signal.aborted && !(await this.#options.keeps(outbox))) this.#forget(outbox);
  }

  #forget(outbox: Outbox): void {
    this.#outboxes.delete(outbox);
    this.#runIds.delete(outbox);
  }
}

/**
 * Groups the entries that are sent together: consecutive logs up to the limit of metrics; all other entries separately.
 */
function groupsOf(waiting: readonly Waiting[]): readonly (readonly Waiting[])[] {
  const groups: Waiting[][] = [];
  let metrics = Infinity;
  for (const one of waiting) {
    const { entry } = one;
    const more = entry.type === 'log' ? (entry.batch.metrics?.length ?? 0) : Infinity;
    if (metrics + more <= METRICS_AT_ONCE) groups.at(-1)?.push(one);
    else groups.push([one]);
    metrics = metrics + more <= METRICS_AT_ONCE ? metrics + more : more;
  }
  return groups;
}

function merge(entries: readonly Entry[]): Entry {
  const [first, ...others] = entries;
  if (first === undefined) throw new Error('nothing to send');
  if (first.type !== 'log' || others.length === 0) return first;
  const batches = entries.flatMap((entry) => (entry.type === 'log' ? [entry.batch] : []));
  return {
    ...first,
    batch: {
      metrics: batches.flatMap(({ metrics = [] }) => metrics),
      // A parameter keeps its first value.
      params: Object.assign({}, ...batches.map(({ params }) => params).toReversed()) as Record<
        string,
        string
      >,
      tags: Object.assign({}, ...batches.map(({ tags }) => tags)) as Record<string, string>,
    },
  };
}
