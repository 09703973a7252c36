import { setTimeout as delay } from 'node:timers/promises';
import { failureOf } from '@synergos/contract';
import {
  aggregatorOf,
  partitionOf,
  toleranceOf,
  trainedSize,
  type Aggregator,
  type AggregatorState,
  type Report,
  type Share,
  type Totals,
} from '@synergos/fed-algorithms';
import { checkedReport } from './checked-report.js';
import { squaredNorms } from '../updates/norms.js';
import { Diverged, OrchestrationError, QuorumMissed } from '../errors.js';
import { advance } from './advance.js';
import { readAggregatorState, writeAggregatorState } from '../checkpoints/aggregator-state.js';
import type { Checkpoint } from '../checkpoints/checkpoint.js';
import { Folding } from '../updates/folding.js';
import { openVector } from '../checkpoints/global-model.js';
import type { RoundEvaluations } from '../checkpoints/loss-history.js';
import { DIVERGENCES, type Aggregated } from './round.js';
import type { StagedUpdate } from '../updates/staged-update.js';
import { believed, type AlignedRows } from '../updates/weight-limit.js';
import type { Sizes } from '../updates/admission.js';
import { RecentSizes } from '../updates/recent-sizes.js';
import { trainAt, type TrainedUpdate } from './train-at.js';
import { outlierText, REPORTED_FACTOR, sizesOf } from './update-sizes.js';
import { trainTask } from './participation.js';
import { publishFor, withdraw } from './published.js';
import type { Round, Rounds, RoundsOptions } from './rounds.js';
import { metadataOf } from './trained-model.js';

/** A participant that failed so often in a row is not asked again; without anybody left the run fails. */
const MOST_FAILURES = 3;
const PAUSE_MS = 1000;

/** A version of the global model that participants may still be training on. */
interface Version {
  readonly checkpoint: Checkpoint;
  readonly tensors: Awaited<ReturnType<typeof publishFor>>;
  holders: number;
}

interface Arrival extends TrainedUpdate {
  readonly participant: string;
  readonly version: Version;
  readonly report: Report;
  readonly sizes: Sizes;
}

/**
 * Without rounds: every participant trains on the newest model there is, and the model moves whenever the algorithm's buffer
 * of updates is full. A `round` is one such step. Who comes first is the network's to say: such runs do not repeat bit for bit.
 */
export function asynchronousRounds(options: RoundsOptions): Rounds {
  const { dependencies, context, run, participants, checkpoints, staging, roster } = options;
  const times = options.answerTimes();
  const { algorithm, args, manifest } = run;
  const asynchronous = algorithm.server?.asynchronous;
  if (asynchronous === undefined) throw new Error(`${algorithm.name} is not asynchronous`);
  const buffer = asynchronous.buffer(args);
  if (buffer > participants.length)
    throw new OrchestrationError(
      'impossible_setting',
      `a buffer of ${buffer} updates needs as many participants: there are ${participants.length}`,
    );
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const failures = new Map<string, { count: number; code: string; reason: string }>();
  const underWay = new Map<string, Promise<Arrival | undefined>>();
  /** The round of the version that each participant's last update started from. */
  const trainedOn = new Map<string, number>();
  const versions = new Set<Version>();
  const partition = partitionOf(manifest);
  const recent = new RecentSizes();
  let hasBegun = false;

  return {
    async next(current) {
      if (!hasBegun)
        await context.emit('aggregation', { updates: buffer, ...toleranceOf(algorithm, args, buffer) });
      hasBegun = true;
      const newest = await versionOf(current);
      const arrivals: Arrival[] = [];
      try {
        while (arrivals.length < buffer) {
          startIdle(newest);
          const arrival = await Promise.race(underWay.values());
          signal.throwIfAborted();
          if (arrival === undefined) continue;
          underWay.delete(arrival.participant);
          trainedOn.set(arrival.participant, arrival.version.checkpoint.round);
          arrivals.push(arrival);
          if (await dropOutliers(arrivals)) continue;
          const { steps, loss, seconds } = arrival.reply;
          const { samples } = arrival.report;
          const staleness = current.round - arrival.version.checkpoint.round;
          await context.emit('update_received', {
            round: current.round + 1,
            participant: arrival.participant,
            samples,
            steps,
            loss,
            seconds,
            bytes: arrival.bytes,
            staleness,
          });
        }
        return { ...roundOf(current, arrivals), evaluations: evaluationsOf(arrivals, run.rows) };
      } finally {
        release(newest);
      }
    },
    async close() {
      stop.abort(new OrchestrationError('round_over', 'the training is over'));
      await Promise.allSettled(underWay.values());
      // Of updates that came and that no step took any more.
      for (const { tensors } of versions) withdraw(dependencies, tensors);
      await dependencies.files.remove(servedFolder());
    },
  };

  /** The model as files that stay while anybody trains on it, whatever becomes of the checkpoint. */
  async function versionOf(current: Checkpoint): Promise<Version> {
    const keep = async (file: Checkpoint['model'], name: string) => {
      const path = `${servedFolder()}/${current.round}-${name}.safetensors`;
      await dependencies.files.copy(file.path, path);
      return { ...file, path };
    };
    const state: Record<string, Checkpoint['model']> = {};
    for (const name of algorithm.server?.sends ?? []) {
      const file = current.state[name];
      if (file !== undefined) state[name] = await keep(file, encodeURIComponent(name));
    }
    const checkpoint = { ...current, model: await keep(current.model, 'model'), state };
    const version = { checkpoint, tensors: await publishFor(dependencies, run, checkpoint), holders: 1 };
    versions.add(version);
    return version;
  }

  function release(version: Version): void {
    version.holders--;
    if (version.holders > 0) return;
    versions.delete(version);
    withdraw(dependencies, version.tensors);
    const { model, state } = version.checkpoint;
    for (const { path } of [model, ...Object.values(state)])
      dependencies.files
        .remove(path)
        .catch((err: unknown) => dependencies.logger.warn({ err, path }, 'not removed'));
  }

  function servedFolder(): string {
    return `${checkpoints.folder}/served`;
  }

  function startIdle(version: Version): void {
    const willing = participants.filter((name) => (failures.get(name)?.count ?? 0) < MOST_FAILURES);
    const present = willing.filter((name) => !roster.isAway(name));
    // One that missed is asked again once it connects, or where the buffer does not fill without it.
    const able = present.length < buffer ? willing : present;
    if (able.length === 0) {
      const reasons = reasonsOf();
      if ([...failures.values()].every(({ code }) => DIVERGENCES.has(code)))
        throw new Diverged(version.checkpoint.round + 1, reasons.join('; '));
      throw new QuorumMissed(version.checkpoint.round + 1, 0, 1, reasons);
    }
    // Who has trained on this version waits for the next one: the same training again gives the same update.
    for (const name of able)
      if (!underWay.has(name) && trainedOn.get(name) !== version.checkpoint.round)
        underWay.set(name, trainOne(name, version));
    if (underWay.size === 0)
      throw new QuorumMissed(version.checkpoint.round + 1, able.length, buffer, reasonsOf());
  }

  function reasonsOf(): string[] {
    return [...failures].map(([name, { reason }]) => `${name}: ${reason}`);
  }

  /** Resolves with undefined where the participant failed, after a pause. */
  async function trainOne(participant: string, version: Version): Promise<Arrival | undefined> {
    version.holders++;
    try {
      const trained = await trainAt(participant, trainTask(run, participant, version.checkpoint), {
        ...dependencies,
        manifest,
        tensors: version.tensors,
        beside: algorithm.client?.sends ?? [],
        optionalBeside: algorithm.client?.optionalSends ?? [],
        staging,
        times,
        signal,
      });
      const norms = await squaredNorms(trained.update, partition);
      const rows = run.rows.get(participant)?.train;
      const context = { algorithm, args, rows, squaredNorm: norms.trained };
      const report = checkedReport(participant, trained.reply, context);
      const sizes = await sizesOf(trained, norms, { weight: 1 }, partition);
      return { ...trained, participant, version, report, sizes };
    } catch (error) {
      release(version);
      if (signal.aborted) return undefined;
      const { code, message } = failureOf(error);
      const round = version.checkpoint.round + 1;
      roster.dropped(participant, round, code);
      await drop(participant, round, { code, reason: message });
      await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
      underWay.delete(participant);
      return undefined;
    }
  }

  async function drop(
    participant: string,
    round: number,
    why: { readonly code: string; readonly reason: string },
  ): Promise<void> {
    failures.set(participant, { count: (failures.get(participant)?.count ?? 0) + 1, ...why });
    await context.emit('participant_dropped', { round, participant, ...why });
  }

  /**
   * Compares the newest of the arrivals with recent updates, and those before it once there are enough. Removes the ones
   * that are too large: their participants are asked again. Whether the newest was one of them.
   */
  async function dropOutliers(arrivals: Arrival[]): Promise<boolean> {
    const newest = arrivals.at(-1)!;
    recent.add(newest.sizes);
    const outliers = args.outlier_factor === 0 ? [] : recent.above(args.outlier_factor, arrivals);
    for (const outlier of outliers) {
      const { participant, update: arrival } = outlier;
      recent.forget(arrival.sizes);
      trainedOn.delete(participant);
      arrivals.splice(arrivals.indexOf(arrival), 1);
      for (const one of [arrival.update, ...arrival.beside.values()]) staging.release(one);
      release(arrival.version);
      const reason = outlierText(outlier, args, 'of the recent updates');
      await drop(participant, arrival.version.checkpoint.round + 1, { code: 'outlying_norm', reason });
    }
    for (const { participant, of, size, median } of recent.above(REPORTED_FACTOR, [newest]))
      await context.emit('outlying_norm', {
        round: newest.version.checkpoint.round + 1,
        ...{ participant, of, size, median },
      });
    if (arrivals.includes(newest)) failures.delete(newest.participant);
    return !arrivals.includes(newest);
  }

  function roundOf(current: Checkpoint, arrivals: readonly Arrival[]): Omit<Round, 'evaluations'> {
    const trained = new Map(arrivals.map(({ participant, reply }) => [participant, reply]));
    return {
      trained,
      async move() {
        const rule = aggregatorOf(algorithm, args);
        const carried = await readAggregatorState(dependencies.files, rule, trainedSize(manifest), current);
        const aggregated = await aggregate(current, arrivals, rule, carried);
        const moved = await advance(
          {
            ...dependencies,
            ...run,
            paths: checkpoints,
            metadata: metadataOf(run),
            participants: participants.length,
          },
          current,
          aggregated,
        );
        dependencies.engine.recycle?.(aggregated.aggregate);
        for (const { update, beside, version } of arrivals) {
          for (const one of [update, ...beside.values()]) staging.release(one);
          release(version);
        }
        // Each trained on the version after which it was asked: that is the round its state is of.
        const counted = { ...current.counted };
        for (const { participant, version } of arrivals) counted[participant] = version.checkpoint.round + 1;
        return {
          ...moved,
          carried: await writeAggregatorState(dependencies.files, checkpoints, moved.round, carried),
          counted,
        };
      },
    };
  }

  async function aggregate(
    current: Checkpoint,
    arrivals: readonly Arrival[],
    rule: Aggregator,
    carried: AggregatorState | undefined,
  ): Promise<Aggregated> {
    const present = asynchronous?.fromPresent
      ? await openVector(dependencies.files, current.model.path)
      : undefined;
    const opened = present === undefined ? [] : [present];
    try {
      const updates: StagedUpdate[] = [];
      for (const { update, version } of arrivals) {
        if (present === undefined || version.checkpoint.round === current.round) updates.push(update);
        else {
          const start = await openVector(dependencies.files, version.checkpoint.model.path);
          if (start === undefined) throw new Error(`${version.checkpoint.model.path} is gone`);
          opened.push(start);
          updates.push(moved(update, start, present));
        }
      }
      const shares = arrivals.map(({ version, report: { samples } }): Share => {
        const staleness = current.round - version.checkpoint.round;
        const weight = samples === 0 ? 0 : (asynchronous?.weight(staleness, args) ?? 1);
        return { weight, plainWeight: weight * samples };
      });
      const heard = arrivals.filter((_, index) => shares[index]!.weight > 0);
      const received: Record<string, Float32Array> = {};
      for (const name of algorithm.client?.sends ?? []) {
        const vectors = heard.flatMap(({ beside }) => beside.get(name) ?? []);
        const equal = vectors.map(() => ({ weight: 1 }));
        if (vectors.length > 0) received[name] = await fold(rule, vectors, equal);
      }
      return {
        aggregate: await fold(rule, updates, shares, { totals: totalsOfBuffer(arrivals), state: carried }),
        received,
        reports: heard.map(({ report }) => report),
      };
    } finally {
      for (const vector of opened) await vector.close();
    }
  }

  function fold(
    aggregator: Aggregator,
    updates: readonly StagedUpdate[],
    shares: readonly Share[],
    { totals, state }: { totals?: Totals; state?: AggregatorState | undefined } = {},
  ): Promise<Float32Array> {
    const cohort = updates.map((_, index) => String(index));
    const { engine } = dependencies;
    const folding = new Folding({ aggregator, engine, size: manifest.size, partition, cohort, state });
    updates.forEach((update, index) => folding.add(String(index), update, shares[index]!));
    return folding.finish(totals);
  }
}

/** An arrival moves the model by its share of the buffer. */
function totalsOfBuffer(arrivals: readonly Arrival[]): Totals {
  return {
    weight: arrivals.length,
    plainWeight: arrivals.reduce((sum, { report: { samples } }) => sum + samples, 0),
  };
}

/** What participants measured of the versions that they trained on. */
function evaluationsOf(
  arrivals: readonly Arrival[],
  rows: AlignedRows,
): ReadonlyMap<number, RoundEvaluations> {
  const byRound = new Map<number, RoundEvaluations>();
  for (const { participant, version, reply } of arrivals) {
    const { round } = version.checkpoint;
    if (reply.evaluation !== null)
      byRound.set(round, {
        ...byRound.get(round),
        [participant]: believed(reply.evaluation, rows, participant),
      });
  }
  return byRound;
}

/** The same local model as a difference from another global one: Δ + start − present. */
function moved(update: StagedUpdate, start: StagedUpdate, present: StagedUpdate): StagedUpdate {
  return {
    size: update.size,
    async read(from, target) {
      const [a, b] = [new Float32Array(target.length), new Float32Array(target.length)];
      await Promise.all([update.read(from, target), start.read(from, a), present.read(from, b)]);
      for (let i = 0; i < target.length; i++) target[i]! += a[i]! - b[i]!;
    },
  };
}
