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
import { PROGRESS, type JobContext, type JobHandler, type JobStore } from '@synergos/scaling';
import { z } from 'zod';
import { trainJobSchema } from '../job-payloads.js';
import { failureOf, type Logger, silentLogger } from '@synergos/contract';
import { loadRun, type RunDefinition } from '../project/run-definition.js';
import { createRoundMetrics } from './round-metrics.js';
import { toldRounds } from './told-rounds.js';
import { experimentName, optimizationRun, paramsOf, statusOf } from './tracked-names.js';

const resultSchema = z.object({ round: z.number().int() });

export interface TrackOptions {
  readonly tracking: Tracking;
  /** What earlier attempts told is in their events. */
  readonly jobs: Pick<JobStore, 'eventsFromLast'>;
  readonly records: RecordStore;
  readonly artifacts: ArtifactStore;
  readonly registry: Registry;
  readonly logger?: Logger;
}

/**
 * The same trainings, told of: their arguments, figures of each round, end and files. One that goes on after its process died,
 * here or elsewhere, tells of each round once, in its events and in its figures.
 */
export function trackTrainings(train: JobHandler, options: TrackOptions): JobHandler {
  const { logger = silentLogger } = options;
  return async (context) => {
    const begun = await begin(options, context);
    if (begun === undefined) return train(context);
    const { journal, run, startedMs, isPart } = begun;
    const { id, attempts } = context.job;
    const metrics = createRoundMetrics({
      scoreName: run.project.action === 'classify' ? 'accuracy' : 'r2',
      participants: run.args.cohort ?? [...run.project.participants.keys()],
      startedMs,
    });
    const take: typeof metrics.take = (type, data) => {
      try {
        return metrics.take(type, data);
      } catch (error) {
        logger.warn({ job: id, type, err: error }, 'an event is not tracked');
        return undefined;
      }
    };
    const before = attempts > 1 ? await options.jobs.eventsFromLast(id, PROGRESS) : [];
    const told = toldRounds(before);
    // Of a round that was cut off just before it was told of, the updates were.
    for (const { type, data } of before) take(type, data);
    // The part of a trial before this one told how its last model did.
    let measuredByPartBefore: unknown;
    const emit: JobContext['emit'] = async (type, data) => {
      if (told.has(type, data)) return;
      told.note(type, data);
      if (type === 'resumed' && isPart && !told.isCompleted(data.round)) measuredByPartBefore = data.round;
      const entry = take(type, data);
      const isOthers = type === 'metric' && data.round === measuredByPartBefore;
      // Tracked first: what others have seen of a training is tracked.
      if (entry !== undefined && !isOthers) await journal.log(entry.key, entry.batch);
      await context.emit(type, data);
    };
    try {
      const result = await train({ ...context, emit });
      const returned = resultSchema.safeParse(result).data;
      if (returned !== undefined)
        await journal.log('returned', { tags: { 'synergos.returned_round': String(returned.round) } });
      await logFiles(options.artifacts, run, journal);
      await journal.end('FINISHED');
      return result;
    } catch (error) {
      const status = statusOf(context.signal);
      if (status === 'FAILED')
        await journal.log('error', { tags: { 'synergos.error': failureOf(error).message } });
      if (status !== undefined) await journal.end(status);
      throw error;
    }
  };
}

/** undefined where the training itself will say what is wrong with the run. */
async function begin({ tracking, records, registry, logger }: TrackOptions, { job }: JobContext) {
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

/** The global model, loss history, plots and manifest. Local models stay here: they are the participants'. */
async function logFiles(store: ArtifactStore, { key }: RunDefinition, journal: Journal): Promise<void> {
  const manifest = await readManifest(store, key).catch(() => undefined);
  const plots = Object.keys(manifest?.files ?? {}).filter((name) => name.endsWith('.svg'));
  const told = {
    'model/global_model.safetensors': globalModelFile(key),
    'global_loss_history.json': globalLossHistoryFile(key),
    'manifest.json': manifestFile(key),
    ...Object.fromEntries(plots.map((name) => [`plots/${name}`, `${runFolder(key)}/${name}`])),
  };
  for (const [name, path] of Object.entries(told)) await journal.artifact(name, () => contentOf(store, path));
}
