import { eventPhrase } from '@synergos/contract/events';
import { randomUUID } from 'node:crypto';
import { optimizationFile, renderApart, type ArtifactStore, type RecordStore } from '@synergos/artifacts';
import {
  QueueClosed,
  ranked,
  valueOf,
  withTrialEvent,
  type JobContext,
  type OptimizeJob,
  type Scheduler,
  type Searcher,
  type Step,
  type Trial,
  type TrialEventData,
  type TrialEventType,
} from '@synergos/scaling';
import { z } from 'zod';
import { OrchestrationError } from '../errors.js';
import { failureOf, type Logger, type RunChecks } from '@synergos/contract';
import { TrialJobEnded, type TrialJobs } from './trial-jobs.js';
import { metricIn } from './trial-metric.js';
import { trialPlot } from './trial-plot.js';
import { trialFields, type TrialRecords } from './trial-records.js';
import { trialTable } from './trial-table.js';

/** After this number of consecutive failures other than divergence, the optimization fails. */
const MOST_FAILURES = 3;
/** Longest delay of a timer. */
const LONGEST_MS = 2 ** 31 - 1;
const TIME_UP = new OrchestrationError('time_up', 'the optimization used all of its time');
const trainedSchema = z.object({ rounds: z.number().int().nonnegative() });

export interface OptimizationParts {
  readonly records: RecordStore;
  readonly artifacts: ArtifactStore;
  readonly checks: RunChecks;
  readonly logger: Logger;
  readonly context: JobContext;
  readonly plan: OptimizeJob;
  readonly searcher: Searcher;
  readonly scheduler: Scheduler;
  /** Reconstructed from the job's events. */
  readonly trials: readonly Trial[];
  readonly trialJobs: TrialJobs;
  readonly trialRecords: TrialRecords;
}

/** A running optimization: a loop of proposals and decisions over the trials' history. */
export class Optimization {
  readonly #parts: OptimizationParts;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #underWay = new Map<number, Promise<void>>();
  readonly #maxTrials: number;
  #trials: readonly Trial[];
  /** The last record being written. Records are written in sequence, so that memory and store agree on their order. */
  #recorded: Promise<void> = Promise.resolve();

  constructor(parts: OptimizationParts) {
    this.#parts = parts;
    this.#trials = parts.trials;
    this.#signal = AbortSignal.any([parts.context.signal, this.#stop.signal]);
    this.#maxTrials = Math.min(
      parts.plan.max_trials,
      parts.searcher.size?.(parts.plan.search_space) ?? Infinity,
    );
  }

  async run(): Promise<unknown> {
    const { context, plan } = this.#parts;
    const startedMs = Date.parse(context.job.startedAt ?? context.job.createdAt);
    const leftMs = startedMs + plan.max_duration_ms - Date.now();
    const timer = setTimeout(() => this.#stop.abort(TIME_UP), Math.min(Math.max(leftMs, 0), LONGEST_MS));
    try {
      await this.#search();
      return await this.#conclude(
        this.#maxTrials <= this.#trials.length ? 'all trials done' : 'trials failed',
      );
    } catch (error) {
      this.#stop.abort(error);
      await Promise.allSettled(this.#underWay.values());
      const reason: unknown = this.#signal.reason;
      // After a restart the jobs resume, and so does the optimization.
      if (reason instanceof QueueClosed) throw error;
      if (reason !== TIME_UP) {
        await this.#breakOff().catch(() => undefined);
        throw error;
      }
      await this.#breakOff();
      return await this.#conclude('time is up');
    } finally {
      clearTimeout(timer);
    }
  }

  async #search(): Promise<void> {
    const { plan, context, searcher, scheduler, trialJobs } = this.#parts;
    const { collab_id, project_id, search_space, align } = plan;
    await context.emit('searching', {
      searcher: searcher.name,
      scheduler: scheduler.name,
      trials: this.#maxTrials,
    });
    if (align) await trialJobs.run('align', { collab_id, project_id, auto_fix: true }, this.#signal);
    for (const trial of this.#trials) if (trial.state === 'training') this.#launch(trial);
    for (;;) {
      while (this.#underWay.size < plan.concurrency && !this.#isHopeless()) {
        this.#signal.throwIfAborted();
        const step = scheduler.next({
          trials: this.#trials,
          mode: plan.mode,
          maxTrials: this.#maxTrials,
          rounds: plan.rounds,
          gracePeriod: plan.grace_period,
          reductionFactor: plan.reduction_factor,
        });
        if (step.action === 'wait') break;
        await this.#take(step, () =>
          searcher.suggest({ space: search_space, seed: plan.seed, mode: plan.mode, trials: this.#trials }),
        );
      }
      if (this.#underWay.size === 0) return;
      await Promise.race(this.#underWay.values());
    }
  }

  async #take(step: Exclude<Step, { action: 'wait' }>, suggest: () => Trial['point']): Promise<void> {
    if (step.action === 'stop') return this.#record('trial_stopped', { trial: step.trial });
    if (step.action === 'continue') {
      const rounds = Math.min(step.rounds, this.#roundsOf(this.#trial(step.trial).point));
      await this.#record('trial_continued', { trial: step.trial, rounds });
      return this.#launch(this.#trial(step.trial));
    }
    const point = suggest();
    const trial = this.#trials.length + 1;
    const run_id = `optim_run_${randomUUID()}`;
    await this.#record('trial_started', {
      trial,
      run_id,
      point,
      rounds: Math.min(step.rounds, this.#roundsOf(point)),
    });
    this.#launch(this.#trial(trial));
  }

  #launch(trial: Trial): void {
    const done = this.#train(trial).finally(() => this.#underWay.delete(trial.number));
    // Awaited by a race, or when the optimization ends.
    done.catch(() => undefined);
    this.#underWay.set(trial.number, done);
  }

  /** Trains a trial to its target, validates it and records its value. */
  async #train(trial: Trial): Promise<void> {
    const { plan, records, trialJobs, trialRecords } = this.#parts;
    const { collab_id, project_id, expt_id, metric } = plan;
    const { number, run_id, target } = trial;
    const run = { collab_id, project_id, expt_id, run_id };
    const part = {
      ...run,
      until_round: target,
      ...(plan.auto_align === false && { auto_align: false }),
    };
    try {
      await trialRecords.create(trial);
      await this.#record();
      const { rounds } = trainedSchema.parse(await trialJobs.run('train', part, this.#signal));
      await trialJobs.run('validate', part, this.#signal);
      const validations = await records.list('Validation', run);
      const value = metricIn(validations, metric);
      const completed = rounds < target || target >= this.#roundsOf(trial.point);
      await this.#record('trial_reported', { trial: number, rounds, value, completed });
    } catch (error) {
      this.#signal.throwIfAborted();
      if (error instanceof QueueClosed) throw error;
      if (error instanceof TrialJobEnded && error.isCancelled)
        return this.#record('trial_cancelled', { trial: number });
      const { code, message } = failureOf(error);
      // An unknown error is a fault of the TTP, and ends the optimization.
      if (code === 'internal' && !(error instanceof TrialJobEnded)) throw error;
      await this.#record('trial_failed', { trial: number, code, reason: message });
    }
  }

  /** Emits the event of a trial, then updates the records of the trials. */
  #record<Type extends TrialEventType>(type?: Type, data?: TrialEventData<Type>): Promise<void> {
    const { context, trialRecords } = this.#parts;
    const next = this.#recorded.then(async () => {
      if (type !== undefined && data !== undefined) {
        this.#parts.logger.info({ job: context.job.id, ...data }, eventPhrase(type));
        await context.emit(type, data);
        this.#trials = withTrialEvent(this.#trials, type, data);
      }
      await trialRecords.update(this.#trials);
    });
    this.#recorded = next.catch(() => undefined);
    return next;
  }

  /** Cancels running trials: the optimization was cancelled, has failed, or its time is up. */
  async #breakOff(): Promise<void> {
    await this.#parts.trialJobs.cancel();
    for (const { state, number: trial, reports } of this.#trials)
      if (state === 'training')
        await this.#record(reports.length > 0 ? 'trial_stopped' : 'trial_cancelled', { trial });
      else if (state === 'waiting') await this.#record('trial_stopped', { trial });
  }

  async #conclude(ended: string): Promise<unknown> {
    const { context, plan } = this.#parts;
    for (const { state, number: trial } of this.#trials)
      if (state === 'waiting') await this.#record('trial_stopped', { trial });
    const artifacts = await this.#writeArtifacts();
    const [best] = ranked(this.#trials, plan.mode);
    if (best === undefined) {
      const why = this.#trials.flatMap(({ failure }) => failure?.message ?? []).at(-1) ?? ended;
      throw new OrchestrationError(
        'no_trial_succeeded',
        `no trial came to a value of ${plan.metric}: ${why}`,
      );
    }
    const { number, run_id, point } = best;
    const found = { trial: number, run_id, value: valueOf(best), hyperparameters: point };
    await context.emit('best_trial', found);
    return {
      ended,
      trials: this.#trials.length,
      metric: plan.metric,
      optimize_mode: plan.mode,
      best: found,
      artifacts,
    };
  }

  async #writeArtifacts(): Promise<readonly string[]> {
    const { context, artifacts, plan } = this.#parts;
    const { collab_id, project_id, expt_id, metric } = plan;
    const fields = trialFields(this.#trials, plan, context.job.id);
    const ids = { collab: collab_id, project: project_id, expt: expt_id, optimization: context.job.id };
    const plot = trialPlot(this.#trials, fields, plan);
    const contents = {
      'trials.csv': trialTable(this.#trials, fields, metric),
      ...(plot && { 'trials.svg': await renderApart(plot) }),
    };
    for (const [name, content] of Object.entries(contents))
      await artifacts.put(optimizationFile(ids, name), content);
    return Object.keys(contents);
  }

  #isHopeless(): boolean {
    const ended = this.#trials.filter(({ state }) => state !== 'training');
    const last = ended.slice(-MOST_FAILURES);
    return (
      last.length === MOST_FAILURES &&
      last.every(({ failure }) => failure !== undefined && failure.code !== 'diverged') &&
      ended.every((trial) => valueOf(trial) === null)
    );
  }

  #trial(number: number): Trial {
    const trial = this.#trials[number - 1];
    if (trial === undefined) throw new Error(`there is no trial ${number}`);
    return trial;
  }

  /** Rounds of a full trial; those of the optimization if a run cannot take its hyperparameters. */
  #roundsOf(point: Trial['point']): number {
    try {
      return Number(this.#parts.checks.parseArguments(point).arguments.rounds);
    } catch {
      return this.#parts.plan.rounds;
    }
  }
}
