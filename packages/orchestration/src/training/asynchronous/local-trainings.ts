import { setTimeout as delay } from 'node:timers/promises';
import { failureOf } from '@synergos/contract';
import { partitionOf, type Report } from '@synergos/fed-algorithms';
import { Diverged, OrchestrationError, QuorumMissed } from '../../errors.js';
import type { Sizes } from '../../updates/admission.js';
import { squaredNorms } from '../../updates/norms.js';
import { checkedReport } from '../checked-report.js';
import { trainTask } from '../participation.js';
import { DIVERGENCES } from '../round.js';
import type { RoundsOptions } from '../rounds.js';
import { trainAt, type TrainedUpdate } from '../train-at.js';
import { sizesOf } from '../update-sizes.js';
import type { ModelVersion, ModelVersions } from './model-versions.js';

/** After this number of failures in a row a participant is not asked again. Without participants left, the run fails. */
const MOST_FAILURES = 3;
const PAUSE_MS = 1000;

/** The update of a participant, with the version of the model that it was trained on. */
export interface Arrival extends TrainedUpdate {
  readonly participant: string;
  readonly version: ModelVersion;
  readonly report: Report;
  readonly sizes: Sizes;
}

export interface Reason {
  readonly code: string;
  readonly reason: string;
}

/** Keeps participants training, each on the newest version of the model at its start. */
export class LocalTrainings {
  readonly #options: RoundsOptions;
  readonly #versions: ModelVersions;
  /** Fewest participants that have to be present. */
  readonly #needed: number;
  readonly #times;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #running = new Map<string, Promise<Arrival | undefined>>();
  readonly #failures = new Map<string, Reason & { readonly count: number }>();
  /** Round of the version that each participant's last update was trained on. */
  readonly #trainedOn = new Map<string, number>();

  constructor(options: RoundsOptions, versions: ModelVersions, needed: number) {
    this.#options = options;
    this.#versions = versions;
    this.#needed = needed;
    this.#times = options.answerTimes();
    this.#signal = AbortSignal.any([options.context.signal, this.#stop.signal]);
  }

  /** Starts all idle participants on this version. Throws `QuorumMissed` or `Diverged` if too few are able to train. */
  start(version: ModelVersion): void {
    const { participants, roster } = this.#options;
    const round = version.checkpoint.round + 1;
    const willing = participants.filter((name) => (this.#failures.get(name)?.count ?? 0) < MOST_FAILURES);
    const present = willing.filter((name) => !roster.isAway(name));
    // An absent participant is asked once it connects, or if the buffer does not fill without it.
    const able = present.length < this.#needed ? willing : present;
    const reasons = [...this.#failures].map(([name, { reason }]) => `${name}: ${reason}`);
    if (able.length === 0) {
      if ([...this.#failures.values()].every(({ code }) => DIVERGENCES.has(code)))
        throw new Diverged(round, reasons.join('; '));
      throw new QuorumMissed(round, 0, 1, reasons);
    }
    // A participant trains once on each version: the same training again would give the same update.
    for (const name of able)
      if (!this.#running.has(name) && this.#trainedOn.get(name) !== version.checkpoint.round)
        this.#running.set(name, this.#train(name, version));
    if (this.#running.size === 0) throw new QuorumMissed(round, able.length, this.#needed, reasons);
  }

  /** The next training to end; undefined if it failed. */
  async next(): Promise<Arrival | undefined> {
    const arrival = await Promise.race(this.#running.values());
    this.#signal.throwIfAborted();
    if (arrival === undefined) return undefined;
    this.#running.delete(arrival.participant);
    this.#trainedOn.set(arrival.participant, arrival.version.checkpoint.round);
    return arrival;
  }

  /** The update of the participant was taken. */
  accept(participant: string): void {
    this.#failures.delete(participant);
  }

  /** The update of the participant was refused: it may train on the same version again. */
  async refuse({ participant, version }: Arrival, why: Reason): Promise<void> {
    this.#trainedOn.delete(participant);
    await this.#drop(participant, version.checkpoint.round + 1, why);
  }

  async close(): Promise<void> {
    this.#stop.abort(new OrchestrationError('round_over', 'the training is over'));
    await Promise.allSettled(this.#running.values());
  }

  /** Resolves with undefined if the participant failed, after a pause. */
  async #train(participant: string, version: ModelVersion): Promise<Arrival | undefined> {
    const { dependencies, run, staging, roster } = this.#options;
    const { algorithm, args, manifest } = run;
    const partition = partitionOf(manifest);
    let trained: TrainedUpdate | undefined;
    this.#versions.hold(version);
    try {
      trained = await trainAt(participant, trainTask(run, participant, version.checkpoint), {
        ...dependencies,
        manifest,
        tensors: version.tensors,
        auxiliary: algorithm.client?.sends ?? [],
        optionalAuxiliary: algorithm.client?.optionalSends ?? [],
        staging,
        times: this.#times,
        signal: this.#signal,
      });
      const norms = await squaredNorms(trained.update, partition);
      const rows = run.rows.get(participant)?.train;
      const context = { algorithm, args, rows, squaredNorm: norms.trained };
      const report = checkedReport(participant, trained.reply, context);
      const sizes = await sizesOf(trained, norms, { weight: 1 }, partition);
      return { ...trained, participant, version, report, sizes };
    } catch (error) {
      // No round ends here that would free the slots of refused updates.
      for (const vector of trained === undefined ? [] : [trained.update, ...trained.auxiliary.values()])
        staging.release(vector);
      this.#versions.release(version);
      if (this.#signal.aborted) return undefined;
      const { code, message } = failureOf(error);
      const round = version.checkpoint.round + 1;
      roster.dropped(participant, round, code);
      await this.#drop(participant, round, { code, reason: message });
      await delay(PAUSE_MS, undefined, { signal: this.#signal }).catch(() => undefined);
      this.#running.delete(participant);
      return undefined;
    }
  }

  async #drop(participant: string, round: number, why: Reason): Promise<void> {
    const count = (this.#failures.get(participant)?.count ?? 0) + 1;
    this.#failures.set(participant, { count, ...why });
    await this.#options.drops.add(round, { participant, ...why });
  }
}
