import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { TrackerRefused, TrackerUnavailable } from '../errors.js';
import { callMlflow, type Call, type MlflowAddress } from './mlflow-http.js';
import { cut } from './names.js';
import { LONGEST_PARAM, LONGEST_TAG, RUN_ID_TAG, type TrackedRun, type Tracker } from './tracker.js';

/** Limits of one log-batch call; the server accepts 100 params, 100 tags, 1000 of all, and 1 MB. */
const METRICS_AT_ONCE = 900;
const PARAMS_AT_ONCE = 25;
const TAGS_AT_ONCE = 25;
/** Minimum pause after the creation of a run; another process may have created the same run in this time. */
const SETTLE_MS = 200;
/** Time to wait for the parent run, which another process of a cluster creates. */
const PARENT_WAIT_MS = 5000;
const PARENT_POLL_MS = 250;
const ARTIFACT_SCHEME = 'mlflow-artifacts:';

const experimentSchema = z.object({
  experiment: z.object({ experiment_id: z.string(), lifecycle_stage: z.string().default('active') }),
});
const infoSchema = z.object({
  run_id: z.string(),
  lifecycle_stage: z.string().default('active'),
  artifact_uri: z.string().optional(),
});
const runSchema = z.object({ run: z.object({ info: infoSchema }) });
const runsSchema = z.object({ runs: z.array(z.object({ info: infoSchema })).default([]) });

type OpenedRun = Omit<TrackedRun, 'experiment' | 'parent'>;

/**
 * An MLflow tracking server, by its REST API 2.0 (https://mlflow.org/docs/latest/rest-api.html). A tag identifies each
 * run. A server with a database does not store a metric with the same step and time twice.
 */
export function createMlflowServer(address: MlflowAddress): Tracker {
  const api = async <Schema extends z.ZodType>(
    schema: Schema,
    method: 'GET' | 'POST',
    endpoint: string,
    content: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<z.infer<Schema>> => {
    const path = `api/2.0/mlflow/${endpoint}`;
    const call: Call =
      method === 'POST'
        ? { method, path, json: content, signal }
        : { method, path, query: content as Record<string, string>, signal };
    const answer = schema.safeParse(await callMlflow(address, call));
    if (answer.success) return answer.data;
    const why = `its answer to ${endpoint} is not MLflow's`;
    throw new TrackerUnavailable(address.url, why, { answered: true, cause: answer.error });
  };

  return {
    async openRun(run, signal) {
      const experiment = await openExperiment(run.experiment, signal);
      const parent =
        run.parent === undefined
          ? undefined
          : await openParent(experiment, { startedMs: run.startedMs, ...run.parent }, signal);
      return open(experiment, run, parent === undefined ? {} : { 'mlflow.parentRunId': parent }, signal);
    },

    async log(run_id, { metrics = [], params = {}, tags = {} }, signal) {
      const pairs = (record: Readonly<Record<string, string>>, longest: number) =>
        Object.entries(record).map(([key, value]) => ({ key, value: cut(value, longest) }));
      const all = {
        metrics: metrics.map(({ timestampMs, ...metric }) => ({ ...metric, timestamp: timestampMs })),
        params: pairs(params, LONGEST_PARAM),
        tags: pairs(tags, LONGEST_TAG),
      };
      for (let part = 0; ; part++) {
        const content = {
          metrics: all.metrics.slice(part * METRICS_AT_ONCE, (part + 1) * METRICS_AT_ONCE),
          params: all.params.slice(part * PARAMS_AT_ONCE, (part + 1) * PARAMS_AT_ONCE),
          tags: all.tags.slice(part * TAGS_AT_ONCE, (part + 1) * TAGS_AT_ONCE),
        };
        if (Object.values(content).every(({ length }) => length === 0)) return;
        await api(z.object({}), 'POST', 'runs/log-batch', { run_id, ...content }, signal);
      }
    },

    async putArtifact(run_id, name, file, signal) {
      const { run } = await api(runSchema, 'GET', 'runs/get', { run_id }, signal);
      const { artifact_uri = '' } = run.info;
      if (!artifact_uri.startsWith(ARTIFACT_SCHEME))
        throw new TrackerRefused(
          address.url,
          'artifacts_not_served',
          `its artifacts lie at ${artifact_uri || 'no address'}, where only its own clients write; start it with --serve-artifacts`,
        );
      const folder = new URL(artifact_uri).pathname.replace(/^\/+/, '');
      const path = `api/2.0/mlflow-artifacts/artifacts/${folder}/${name.split('/').map(encodeURIComponent).join('/')}`;
      const { size } = await stat(file);
      const stream = createReadStream(file);
      try {
        await callMlflow(address, { method: 'PUT', path, body: { stream, sizeBytes: size }, signal });
      } finally {
        stream.destroy();
      }
    },

    async endRun(run_id, status, endedMs, signal) {
      await api(z.object({}), 'POST', 'runs/update', { run_id, status, end_time: endedMs }, signal);
    },
  };

  async function openExperiment(name: string, signal: AbortSignal): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      try {
        const query = { experiment_name: name };
        const { experiment } = await api(experimentSchema, 'GET', 'experiments/get-by-name', query, signal);
        const { experiment_id } = experiment;
        // A deleted experiment keeps its name, so no other can have it.
        if (experiment.lifecycle_stage === 'deleted')
          await api(z.object({}), 'POST', 'experiments/restore', { experiment_id }, signal);
        return experiment_id;
      } catch (error) {
        if (!isRefusal(error, 'RESOURCE_DOES_NOT_EXIST') || attempt > 1) throw error;
      }
      try {
        await api(z.object({}), 'POST', 'experiments/create', { name }, signal);
      } catch (error) {
        // Another process created it first.
        if (!isRefusal(error, 'RESOURCE_ALREADY_EXISTS')) throw error;
      }
    }
  }

  /**
   * Waits for the parent, which its own process creates, and creates it if it does not appear: the server has no atomic
   * way to create a run only if it is missing.
   */
  async function openParent(experiment_id: string, parent: OpenedRun, signal: AbortSignal): Promise<string> {
    for (const end = performance.now() + PARENT_WAIT_MS; performance.now() < end;) {
      const found = await find(experiment_id, parent, signal);
      if (found !== undefined) return found;
      await delay(PARENT_POLL_MS, undefined, { signal });
    }
    return open(experiment_id, parent, {}, signal);
  }

  async function find(experiment_id: string, { id, name }: OpenedRun, signal: AbortSignal) {
    const filter = `tags.\`${RUN_ID_TAG}\` = '${id}'`;
    const search = { experiment_ids: [experiment_id], filter, run_view_type: 'ALL', max_results: 100 };
    const { runs } = await api(runsSchema, 'POST', 'runs/search', search, signal);
    const active = runs.filter(({ info }) => info.lifecycle_stage !== 'deleted');
    if (active.length === 0 && runs.length > 0)
      throw new TrackerRefused(address.url, 'run_deleted', `run '${name}' was deleted there`);
    return active.map(({ info }) => info.run_id).sort()[0];
  }

  async function open(
    experiment_id: string,
    run: OpenedRun,
    tags: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<string> {
    const { id, name, startedMs } = run;
    const beganMs = performance.now();
    const known = await find(experiment_id, run, signal);
    if (known !== undefined) return known;
    const content = {
      experiment_id,
      run_name: name,
      start_time: startedMs,
      tags: Object.entries({ ...tags, [RUN_ID_TAG]: id }).map(([key, value]) => ({ key, value })),
    };
    const { run_id } = (await api(runSchema, 'POST', 'runs/create', content, signal)).run.info;
    // Another process may have created the same run: after the pause, both find both runs and keep the same one.
    await delay(Math.max(SETTLE_MS, 5 * (performance.now() - beganMs)), undefined, { signal });
    const kept = (await find(experiment_id, run, signal)) ?? run_id;
    if (kept !== run_id) await api(z.object({}), 'POST', 'runs/delete', { run_id }, signal);
    return kept;
  }
}

function isRefusal(error: unknown, reason: string): boolean {
  return error instanceof TrackerRefused && error.reason === reason;
}
