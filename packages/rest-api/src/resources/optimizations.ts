import { z } from 'zod';
import {
  optimizationFiles,
  optimizationFile,
  type ArtifactStore,
  type RecordKey,
  type RecordStore,
  type StoredRecord,
} from '@synergos/artifacts';
import type { RunChecks } from '@synergos/contract';
import { OPTIMIZE, type TrialFields } from '@synergos/scaling';
import { ApiError } from '../errors.js';
import { missing } from '../missing.js';
import { newestFailure } from '../newest-failure.js';
import { depthOf, presentAll, relationsQuery, type Depth, type Presented } from '../records.js';
import type { Answer, ApiRequest, RawRoute, Route } from '../route.js';
import { submitAndAnswer, type WorkDesk } from '../work.js';
import { sendArtifact } from './send-artifact.js';
import { idleIn } from './idle-hyperparameters.js';
import { optimizationBody, optimizationPlan, type OptimizationBody } from './optimization-plan.js';
import { requireAlignment, requireTags } from './phase-order.js';

const PATH = '/ttp/train/collaborations/{collab_id}/projects/{project_id}/models/{expt_id}/optimizations';
const ARTIFACTS = `${PATH}/{optimization_id}/artifacts`;
const trialSchema = z.object({
  optimization: z.string(),
  number: z.number(),
  rank: z.number().nullable(),
}) satisfies z.ZodType<Pick<TrialFields, 'optimization' | 'number' | 'rank'>>;
const projectSchema = z.object({ action: z.enum(['regress', 'classify']) });

export interface OptimizationsOptions {
  readonly records: RecordStore;
  readonly desk: WorkDesk;
  readonly artifacts: ArtifactStore;
  readonly checks: RunChecks;
}

/** Searches for an experiment's best hyperparameters; each trial is a run. */
export function optimizations({
  records,
  desk,
  artifacts,
  checks,
}: OptimizationsOptions): (Route | RawRoute)[] {
  return [
    {
      method: 'post',
      path: PATH,
      resource: 'optimizations',
      summary:
        "Search for the experiment's best hyperparameters. Each trial becomes a run with model and validations.",
      body: optimizationBody,
      query: relationsQuery,
      handle: optimize,
    },
    {
      method: 'get',
      path: PATH,
      resource: 'optimizations',
      summary: "Read the trials of the experiment's optimizations: the newest first, of each the best first.",
      query: relationsQuery,
      handle: listTrials,
    },
    {
      method: 'get',
      path: ARTIFACTS,
      resource: 'optimizations',
      summary: "List an optimization's files.",
      handle: async ({ params }) => ({ data: await filesOf(params) }),
    },
    {
      method: 'get',
      path: `${ARTIFACTS}/{name}`,
      resource: 'optimizations',
      summary: "Download one of an optimization's files.",
      serve: async (params, request, response) => {
        const { name = '' } = params;
        const names = await filesOf(params);
        if (!names.includes(name))
          throw new ApiError(404, `there is no '${name}'; there are ${names.join(', ') || 'none'}`);
        await sendArtifact(request, response, artifacts, optimizationFile(idsOf(params), name));
      },
    },
  ];

  async function optimize(request: ApiRequest): Promise<Answer> {
    const { params } = request;
    const body = request.body as OptimizationBody;
    const tags = await requireTags(records, params);
    const experiment = await requireExperiment(params);
    if (!tags.some(({ body: { evaluate } }) => Array.isArray(evaluate) && evaluate.length > 0))
      throw new ApiError(
        409,
        "no participant of the project has 'evaluate' tags, which trials are judged by; first PUT …/registration/tags",
      );
    const { collab_id = '', project_id = '', expt_id = '' } = params;
    const project = await records.get('Project', { collab_id, project_id });
    const { action } = projectSchema.parse(project?.body);
    const { plan, notes } = optimizationPlan(body, { action, checks });
    const isAligned = await requireAlignment(records, params, body.auto_align);
    const given = body.auto_align === false ? { auto_align: false } : {};
    const payload = { collab_id, project_id, expt_id, ...plan, align: !isAligned, ...given };
    const work = [{ kind: OPTIMIZE, payload }];
    const answer = await submitAndAnswer(desk, request, work, async ([job]) => ({
      data: await trialsOf(params, depthOf(request), job?.id),
      status: 201,
    }));
    const criterion = checks.fittingCriterion?.(experiment.body.model, action);
    const ignored = idleIn(plan.search_space, checks, criterion === undefined ? {} : { criterion });
    const notices = { ...(ignored.length > 0 && { ignored }), ...(notes.length > 0 && { notes }) };
    return { ...answer, extra: { ...answer.extra, ...notices } };
  }

  async function listTrials(request: Pick<ApiRequest, 'params' | 'query'>): Promise<Answer> {
    await requireExperiment(request.params);
    const data = await trialsOf(request.params, depthOf(request));
    const failure = data.length > 0 ? undefined : await newestFailure(desk.queue, OPTIMIZE, request.params);
    if (failure === undefined) return { data };
    return { data, extra: { message: failure.message, errors: [{ path: 'job', message: failure.job }] } };
  }

  /** Trials of one optimization, or of all. */
  async function trialsOf(
    params: RecordKey,
    depth: Depth,
    optimization?: string,
  ): Promise<readonly Presented[]> {
    const trials = (await records.list('Run', params)).filter((run) => {
      const trial = trialOf(run);
      return trial !== undefined && (optimization === undefined || trial.optimization === optimization);
    });
    return presentAll(records, 'Run', trials.sort(byOptimizationAndRank), params, depth);
  }

  async function requireExperiment(params: RecordKey): Promise<StoredRecord> {
    const { collab_id = '', project_id = '', expt_id = '' } = params;
    const key = { collab_id, project_id, expt_id };
    return (await records.get('Experiment', key)) ?? missing('Experiment', key);
  }

  async function filesOf(params: Readonly<Record<string, string>>): Promise<readonly string[]> {
    await requireExperiment(params);
    const { optimization_id = '', expt_id } = params;
    const job = await desk.queue.get(optimization_id);
    if (job?.kind !== OPTIMIZE || job.payload.expt_id !== expt_id)
      throw new ApiError(404, `there is no optimization '${optimization_id}' of experiment '${expt_id}'`);
    return optimizationFiles(artifacts, idsOf(params));
  }
}

/**
 * The rank of a run that is a trial among the trials of its optimization; a user's own run may have a field of that
 * name.
 */
function trialOf({ body }: StoredRecord): z.output<typeof trialSchema> | undefined {
  return trialSchema.safeParse(body.trial).data;
}

function byOptimizationAndRank(a: StoredRecord, b: StoredRecord): number {
  const [one, other] = [trialOf(a), trialOf(b)];
  if (one === undefined || other === undefined) return 0;
  if (one.optimization !== other.optimization) return Number(b.doc_id) - Number(a.doc_id);
  return (one.rank ?? Infinity) - (other.rank ?? Infinity) || one.number - other.number;
}

function idsOf({
  collab_id = '',
  project_id = '',
  expt_id = '',
  optimization_id = '',
}: Readonly<Record<string, string>>) {
  return { collab: collab_id, project: project_id, expt: expt_id, optimization: optimization_id };
}
