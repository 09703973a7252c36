import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@synergos/contract';
import { TrackerRefused, TrackerUnavailable } from '../errors.js';
import type { Outbox, Waiting } from './outbox.js';
import type { Entry } from './outbox-entries.js';
import type { Tracker } from './tracker.js';

/** Where runs are shown. */
export interface Destination {
  /** An address or a path: what people know it by. */
  readonly name: string;
  readonly tracker: Tracker;
}

export interface ChannelOptions {
  readonly destination: Destination;
  readonly logger: Logger;
  /** Pause after a failure, doubled each time up to `mostMs`. */
  readonly retry: { readonly firstMs: number; readonly mostMs: number };
  /** Asked after a failure: whether this is still where the run is shown. */
  readonly keeps: (outbox: Outbox) => Promise<boolean>;
  readonly signal: AbortSignal;
}

/** As many as are sent together. */
const METRICS_AT_ONCE = 1000;
const PAUSE_MS = 500;

/** Sends the outboxes of one destination, entry by entry, each until it is taken or refused. */
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

  /** Something new waits; where it is urgent, it is sent at once. */
  wake(isUrgent = false): void {
    this.#isWoken = true;
    if (isUrgent) this.#hurry.abort();
    this.#work ??= this.#run();
  }

  /** Once its signal has aborted. */
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
    // In the same turn as the last look at #isWoken, so that no wake falls between.
    this.#work = undefined;
  }

  /** Rounds of a few milliseconds are told of together: each file or call costs the same for one figure or for many. */
  async #pause(): Promise<void> {
    const signal = AbortSignal.any([this.#options.signal, this.#hurry.signal]);
    await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    this.#hurry = new AbortController();
  }

  /** One go at all that waits; the failure for which some of it still does. */
  async #pass(): Promise<unknown> {
    let failure: unknown;
    for (const outbox of this.#outboxes) {
      try {
        // What comes meanwhile is for the next pass, else rounds that come fast would be told of one by one.
        const { sizeBytes } = outbox;
        while (outbox.hasWaiting(sizeBytes) && !this.#options.signal.aborted) await this.#sendPortion(outbox);
      } catch (error) {
        failure ??= error;
        // Who does not answer at all would not answer for the next run either.
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

  /** Sends what belongs together; of a group that is refused each entry by itself, so that only the bad one is lost. */
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

  /** Opens the run where that is not done yet. One that is refused as a whole is given up. */
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

/** Entries that are sent together: logs one after another, as long as their metrics fit; all others alone. */
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
