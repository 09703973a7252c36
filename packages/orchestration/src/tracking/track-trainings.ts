import {
  globalLossHistoryFile,
  globalModelFile,
  manifestFile,
  readManifest,
  runFolder,
  type Batch,
  contentOf,
  type ArtifactStore,
  type Journal,
  type RecordStore,
  type Tracking,
} from '@synergos/artifacts';
import type { Registry } from '@synergos/fed-algorithms';
import {
  PROGRESS,
  type JobContext,
  type JobEvent,
  type JobFollower,
  type JobObserver,
  type JobStore,
} from '@synergos/scaling';
import { z } from 'zod';
import type { JobKind } from '../job-kinds.js';
import { trainJobSchema } from '../job-payloads.js';
import { failureOf, type Logger } from '@synergos/contract';
import { readEvent } from '@synergos/contract/events';
import { loadRun, type RunDefinition } from '../project/run-definition.js';
import { createRoundMetrics } from './round-metrics.js';
import { reportedRounds } from './reported-rounds.js';
import { experimentName, optimizationRun, paramsOf, statusOf } from './tracked-names.js';

const TRAIN: JobKind = 'train';
const resultSchema = z.object({ round: z.number().int() });

export interface TrackOptions {
  readonly tracking: Tracking;
  /** Contains the events of earlier attempts. */
  readonly jobs: Pick<JobStore, 'eventsFromLast'>;
  readonly records: RecordStore;
  readonly artifacts: ArtifactStore;
  readonly registry: Registry;
  readonly logger?: Logger;
}

/**
 * Tracks trainings: their arguments, the metrics of each round, their end and files. A training that resumes after its process
 * died, here or on another node, reports each round once, in its events and in its metrics.
 */
export function trackTrainings(options: TrackOptions): JobObserver {
  return {
    begin: async (context) => {
      if (context.job.kind !== TRAIN) return undefined;
      const begun = await begin(options, context);
      if (begun === undefined) return undefined;
      const { id, attempts } = context.job;
      const before = attempts > 1 ? await options.jobs.eventsFromLast(id, PROGRESS) : [];
      return follow(options, begun, before, context.signal);
    },
  };
}

function follow(
  { artifacts }: TrackOptions,
  { journal, run, startedMs, isPart }: Begun,
  before: readonly JobEvent[],
  signal: AbortSignal,
): JobFollower {
  const { take } = createRoundMetrics({
    scoreName: run.project.action === 'classify' ? 'accuracy' : 'r2',
    participants: run.args.cohort ?? [...run.project.participants.keys()],
    startedMs,
  });
  const reported = reportedRounds(before);
  // Updates of an interrupted round count for its repetition.
  for (const event of before.map(readEvent)) if (event !== undefined) take(event);
  // The previous part of a trial reported the evaluation of its last model.
  let measuredByPartBefore: number | undefined;
  return {
    async beforeEvent(event) {
      if (reported.has(event)) return false;
      reported.note(event);
      if (event.type === 'resumed' && isPart && !reported.isCompleted(event.data.round))
        measuredByPartBefore = event.data.round;
      const entry = take(event);
      const isOfPartBefore = event.type === 'metric' && event.data.round === measuredByPartBefore;
      // Tracked before it is stored, so that every event that clients see is tracked.
      if (entry !== undefined && !isOfPartBefore) await journal.log(entry.key, entry.batch);
      return true;
    },
    async completed(result) {
      const returned = resultSchema.safeParse(result).data;
      if (returned !== undefined)
        await journal.log('returned', { tags: { 'synergos.returned_round': String(returned.round) } });
      await logFiles(artifacts, run, journal);
      await journal.end('FINISHED');
    },
    async failed(error) {
      const status = statusOf(signal);
      if (status === 'FAILED')
        await journal.log('error', { tags: { 'synergos.error': failureOf(error).message } });
      if (status !== undefined) await journal.end(status);
    },
  };
}

type Begun = NonNullable<Awaited<ReturnType<typeof begin>>>;

/** Returns undefined if the run cannot be loaded: the training itself then fails with the reason. */
async function begin(
  { tracking, records, registry, logger }: TrackOptions,
  { job }: Pick<JobContext, 'job'>,
) {
  try {
    const { optimization, until_round, ...ids } = trainJobSchema.parse(job.payload);
    const run = await loadRun(records, registry, ids);
    const { collab, run: name } = run.key;
    const startedMs = Date.parse(job.startedAt ?? job.createdAt);
    const tracked = { experiment: experimentName(run.key), name, startedMs };
    const journal = await tracking.begin(
      collab,
      optimization === undefined
        ? { id: job.id, ...tracked }
        : // A trial may be trained in parts, each a job: all of them are one run.
          { id: `${optimization}.${name}`, ...tracked, parent: optimizationRun(optimization) },
      job.id,
    );
    await journal.log('arguments', factsOf(run, job.id));
    return { journal, run, startedMs, isPart: until_round !== undefined };
  } catch (error) {
    logger?.debug({ job: job.id, err: error }, 'not tracked');
    return undefined;
  }
}

function factsOf({ key, args, layers, project, digest }: RunDefinition, job: string): Batch {
  return {
    params: paramsOf({ ...args, model: layers }),
    tags: {
      'synergos.collab_id': key.collab,
      'synergos.project_id': key.project,
      'synergos.expt_id': key.expt,
      'synergos.run_id': key.run,
      'synergos.job': job,
      'synergos.algorithm': args.algorithm,
      'synergos.action': project.action,
      'synergos.participants': (args.cohort ?? [...project.participants.keys()]).join(', '),
      'synergos.definition': digest,
    },
  };
}

/**
 * The global model, loss history, plots and manifest. Local models are not uploaded: they belong to the participants.
 */
async function logFiles(store: ArtifactStore, { key }: RunDefinition, journal: Journal): Promise<void> {
  const manifest = await readManifest(store, key).catch(() => undefined);
  const plots = Object.keys(manifest?.files ?? {}).filter((name) => name.endsWith('.svg'));
  const uploads = {
    'model/global_model.safetensors': globalModelFile(key),
    'global_loss_history.json': globalLossHistoryFile(key),
    'manifest.json': manifestFile(key),
    ...Object.fromEntries(plots.map((name) => [`plots/${name}`, `${runFolder(key)}/${name}`])),
  };
  for (const [name, path] of Object.entries(uploads))
    await journal.artifact(name, () => contentOf(store, path));
}
