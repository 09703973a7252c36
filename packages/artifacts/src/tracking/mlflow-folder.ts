import { createHash, randomUUID } from 'node:crypto';
import { copyFile, constants, link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { TrackerRefused } from '../errors.js';
import { appendLines } from './append-lines.js';
import { cut } from './names.js';
import {
  LONGEST_PARAM,
  LONGEST_TAG,
  RUN_ID_TAG,
  type Metric,
  type ParentRun,
  type RunStatus,
  type TrackedRun,
  type Tracker,
} from './tracker.js';

const NAME = /^(?!.*(?:^|\/)\.{0,2}(?:\/|$))[\p{L}\p{N}_.\- :/]{1,250}$/u;
/** As MLflow writes them into `meta.yaml`. */
const RUNNING = 1;
const STATUSES: Readonly<Record<RunStatus, number>> = { FINISHED: 3, FAILED: 4, KILLED: 5 };

const metaSchema = z.looseObject({ lifecycle_stage: z.string().default('active') });
type Meta = z.infer<typeof metaSchema>;

/**
 * MLflow's file layout (its FileStore): `EXPERIMENT/RUN/{meta.yaml,metrics,params,tags,artifacts}`. The ids of
 * experiments and runs are derived from their names and ids here, so that each is created once.
 */
export function createMlflowFolder(directory: string): Tracker {
  const root = resolve(directory);
  /** `EXPERIMENT/RUN`. */
  const folderOf = (runId: string) => join(root, ...runId.split('/'));
  const refuse = (reason: string, message: string) => new TrackerRefused(root, reason, message);

  return {
    async openRun(run) {
      const experiment = await openExperiment(run.experiment);
      const { startedMs, parent } = run;
      if (parent !== undefined) await openRunIn(experiment, { startedMs, ...parent }, {});
      const nesting = parent === undefined ? {} : { 'mlflow.parentRunId': runIdOf(parent) };
      await openRunIn(experiment, run, nesting);
      return `${experiment}/${runIdOf(run)}`;
    },

    async log(runId, { metrics = [], params = {}, tags = {} }) {
      const folder = folderOf(runId);
      for (const [key, value] of Object.entries(params)) {
        const file = join(folder, 'params', named(key));
        if ((await readFile(file).catch(unlessMissing)) === undefined)
          await replace(folder, file, cut(value, LONGEST_PARAM));
      }
      for (const [key, value] of Object.entries(tags))
        await replace(folder, join(folder, 'tags', named(key)), cut(value, LONGEST_TAG));
      const lines = new Map<string, string[]>();
      for (const metric of metrics)
        lines.set(named(metric.key), [...(lines.get(metric.key) ?? []), lineOf(metric)]);
      for (const [key, those] of lines) await appendLines(join(folder, 'metrics', key), those);
    },

    async putArtifact(runId, name, file) {
      const folder = folderOf(runId);
      const target = join(folder, 'artifacts', named(name));
      const temporary = join(folder, `.tmp-${randomUUID()}`);
      await mkdir(dirname(target), { recursive: true });
      try {
        // A hard link if possible: model files are replaced, never changed.
        await link(file, temporary).catch(() => copyFile(file, temporary, constants.COPYFILE_FICLONE));
        await rename(temporary, target);
      } finally {
        await rm(temporary, { force: true });
      }
    },

    async endRun(runId, status, endedMs) {
      const folder = folderOf(runId);
      const meta = await readMeta(folder);
      if (meta === undefined) throw refuse('run_gone', `${folder} was removed`);
      await writeMeta(folder, { ...meta, status: STATUSES[status], end_time: endedMs });
    },
  };

  async function openExperiment(name: string): Promise<string> {
    // The number of digits of MLflow's own ids.
    const id = (BigInt(`0x${digest(name)}`) % 10n ** 18n).toString().padStart(18, '1');
    const folder = join(root, id);
    const trashed = join(root, '.trash', id);
    if ((await readMeta(folder)) === undefined && (await readMeta(trashed)) !== undefined)
      await rename(trashed, folder);
    const meta = await readMeta(folder);
    const now = Date.now();
    if (meta === undefined)
      await writeMeta(folder, {
        artifact_location: pathToFileURL(folder).href,
        creation_time: now,
        experiment_id: id,
        last_update_time: now,
        lifecycle_stage: 'active',
        name,
      });
    else if (meta.lifecycle_stage !== 'active')
      await writeMeta(folder, { ...meta, lifecycle_stage: 'active', last_update_time: now });
    return id;
  }

  async function openRunIn(
    experiment: string,
    run: Omit<TrackedRun, 'experiment' | 'parent'>,
    nesting: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { id, name, startedMs } = run;
    const folder = join(root, experiment, runIdOf({ id }));
    const meta = await readMeta(folder);
    if (meta !== undefined && meta.lifecycle_stage !== 'active')
      throw refuse('run_deleted', `run '${name}' was deleted there`);
    if (meta !== undefined) return;
    for (const part of ['metrics', 'params', 'tags', 'artifacts'])
      await mkdir(join(folder, part), { recursive: true });
    const tags = { ...nesting, [RUN_ID_TAG]: id, 'mlflow.runName': name };
    for (const [key, value] of Object.entries(tags)) await replace(folder, join(folder, 'tags', key), value);
    // Written last: MLflow ignores a run's folder without it.
    await writeMeta(folder, {
      artifact_uri: `${pathToFileURL(folder).href}/artifacts`,
      end_time: null,
      entry_point_name: '',
      experiment_id: experiment,
      lifecycle_stage: 'active',
      run_id: runIdOf({ id }),
      run_name: name,
      source_name: '',
      source_type: 4,
      source_version: '',
      start_time: startedMs,
      status: RUNNING,
      tags: [],
      user_id: 'synergos',
    });
  }

  function named(name: string): string {
    if (!NAME.test(name)) throw refuse('invalid_name', `MLflow takes no name like '${name}'`);
    return name;
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function runIdOf({ id }: Pick<ParentRun, 'id'>): string {
  return digest(id);
}

function lineOf({ timestampMs, value, step }: Metric): string {
  return `${timestampMs} ${value} ${step}`;
}

async function readMeta(folder: string): Promise<Meta | undefined> {
  const text = await readFile(join(folder, 'meta.yaml'), 'utf8').catch(unlessMissing);
  if (text === undefined) return undefined;
  const { parse } = await import('yaml');
  return metaSchema.parse(parse(text, { version: '1.1' }));
}

async function writeMeta(folder: string, meta: Readonly<Record<string, unknown>>): Promise<void> {
  const { stringify } = await import('yaml');
  // Quoted: MLflow's reader does not parse a bare `yes` or `12:30` as text.
  const text = stringify(meta, { version: '1.1', defaultStringType: 'QUOTE_DOUBLE', lineWidth: 0 });
  await replace(folder, join(folder, 'meta.yaml'), text);
}

/** Writes a file completely or not at all; the temporary file is in a folder that MLflow does not read. */
async function replace(folder: string, file: string, text: string): Promise<void> {
  const temporary = join(folder, `.tmp-${randomUUID()}`);
  await mkdir(dirname(file), { recursive: true });
  try {
    await writeFile(temporary, text);
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
