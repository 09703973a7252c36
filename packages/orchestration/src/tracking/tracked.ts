import {
  globalLossHistoryFile,
  globalModelFile,
  manifestFile,
  readManifest,
  runFolder,
  shortened,
  type Batch,
  type Journal,
  type ParentRun,
  type RunStatus,
} from '@synergos/artifacts';
import type { JobContext } from '@synergos/scaling';
import { reasonOf } from '../errors.js';
import { trainJobSchema } from '../job-payloads.js';
import type { Ground } from '../phases/ground.js';
import { loadRun, type RunDefinition } from '../phases/run-definition.js';
import { createRoundMetrics } from './round-metrics.js';

type Phase = (ground: Ground, context: JobContext) => Promise<unknown>;

/** MLflow's longest name of an experiment is 500. */
const LONGEST_EXPERIMENT = 450;

/** A training that is told of: the same, with its arguments, figures, end and files in the run's journal. */
export function tracked(train: Phase): Phase {
  return async (ground, context) => {
    const begun = await begin(ground, context);
    if (begun === undefined) return train(ground, context);
    const { journal, run } = begun;
    const metrics = createRoundMetrics({
      scoreName: run.project.action === 'classify' ? 'accuracy' : 'r2',
      participants: run.args.cohort ?? [...run.project.participants.keys()],
    });
    let toldBefore: unknown;
    const emit: JobContext['emit'] = async (type, data) => {
      await context.emit(type, data);
      // The part of a trial before this one told how its last model did.
      if (type === 'resumed' && begun.isPart && context.job.attempts === 1) toldBefore = data.round;
      if (type === 'metric' && data.round === toldBefore) return;
      try {
        const entry = metrics.take(type, data);
        if (entry !== undefined) await journal.log(entry.key, entry.batch);
      } catch (error) {
        ground.logger.warn({ job: context.job.id, type, err: error }, 'an event is not tracked');
      }
    };
    try {
      const result = await train(ground, { ...context, emit });
      await tellFiles(ground, run, journal);
      await journal.end('FINISHED');
      return result;
    } catch (error) {
      const status = statusOf(context.signal);
      if (status === 'FAILED')
        await journal.log('error', { tags: { 'synergos.error': reasonOf(error).message } });
      if (status !== undefined) await journal.end(status);
      throw error;
    }
  };
}

/** undefined where nothing is tracked, or where the training will say what is wrong with the run. */
async function begin(ground: Ground, { job }: JobContext) {
  const { tracking, records, registry, logger } = ground;
  if (tracking === undefined) return undefined;
  try {
    const payload = trainJobSchema.parse(job.payload);
    const run = await loadRun(records, registry, payload);
    const { collab, run: name } = run.key;
    const startedMs = Date.parse(job.startedAt ?? job.createdAt);
    const { optimization, until_round } = payload;
    const experiment = experimentName(run.key);
    const journal = await tracking.begin(
      collab,
      optimization === undefined
        ? { id: job.id, experiment, name, startedMs }
        : // A trial may be trained in parts, each a job: all of them are one run.
          {
            id: `${optimization}.${name}`,
            experiment,
            name,
            startedMs,
            parent: optimizationRun(optimization),
          },
      job.id,
    );
    await journal.log('arguments', factsOf(run, job.id));
    return { journal, run, isPart: until_round !== undefined };
  } catch (error) {
    logger.debug({ job: job.id, err: error }, 'not tracked');
    return undefined;
  }
}

/** The name of a Synergos experiment among those of a tracker. */
export function experimentName({ collab, project, expt }: Omit<RunDefinition['key'], 'run'>): string {
  return shortened(`${collab}/${project}/${expt}`, LONGEST_EXPERIMENT);
}

/** The run that an optimization's trials lie below. */
export function optimizationRun(job: string): ParentRun {
  return { id: job, name: `optimization_${job.slice(0, 8)}` };
}

function factsOf({ key, args, layers, project, digest }: RunDefinition, job: string): Batch {
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  const given = Object.entries({ ...args, model: layers }).filter(([, value]) => value != null);
  return {
    params: Object.fromEntries(given.map(([name, value]) => [name, text(value)])),
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

/** Files of the run's manifest: its model, loss history and plots. Local models stay here: they are the participants'. */
async function tellFiles({ files }: Ground, { key }: RunDefinition, journal: Journal): Promise<void> {
  const manifest = await readManifest(files, key).catch(() => undefined);
  const located = (path: string) => files.locate(path);
  await journal.artifact('model/global_model.safetensors', located(globalModelFile(key)));
  await journal.artifact('global_loss_history.json', located(globalLossHistoryFile(key)));
  await journal.artifact('manifest.json', located(manifestFile(key)));
  for (const name of Object.keys(manifest?.files ?? {}))
    if (name.endsWith('.svg')) await journal.artifact(`plots/${name}`, located(`${runFolder(key)}/${name}`));
}

/** undefined: the job goes on in another process. */
function statusOf(signal: AbortSignal): RunStatus | undefined {
  if (!signal.aborted) return 'FAILED';
  return reasonOf(signal.reason).code === 'job_cancelled' ? 'KILLED' : undefined;
}
