import { z } from 'zod';
import { adaptModel, definitionOf, parseModel } from '@synergos/fed-algorithms';
import { type CommonSpace, failureOf } from '@synergos/contract';
import { describeReplySchema, type DescribeReply } from '@synergos/rpc-core';
import type { JobContext } from '@synergos/scaling';
import { agreementFor } from './agreements/registry.js';
import { commonSpace, spacersOf } from './common-space.js';
import { lacksOf } from './lacks.js';
import { checkSpaceSize } from './space-size.js';
import { OrchestrationError, ParticipantFailed } from '../errors.js';
import { parseReply } from '../parse-reply.js';
import { alignJobSchema } from '../job-payloads.js';
import { connected, type Dependencies } from '../dependencies.js';
import { loadProject, type AlignmentBody, type Project } from './project-data.js';

/** Results of an alignment; on a cluster, records show them only after the job has ended. */
export interface Aligned {
  readonly space: CommonSpace;
  /** Bodies of the Alignment records, by participant. */
  readonly alignments: ReadonlyMap<string, AlignmentBody>;
  /** Layers of the experiments whose models were fitted, by experiment. */
  readonly models: ReadonlyMap<string, readonly Record<string, unknown>[]>;
}

/** Handles an align job: describe, agree the common space, write one Alignment record per participant, fit models (`auto_fix`). */
export async function align(dependencies: Dependencies, { job, signal, emit }: JobContext): Promise<unknown> {
  const payload = alignJobSchema.parse(job.payload);
  const project = await loadProject(dependencies.records, payload);
  const names = [...project.participants.keys()];
  await connected(dependencies, names, signal);
  await emit('phase', { phase: 'align', participants: names });
  const { space } = await alignProject(dependencies, project, { autoFix: payload.auto_fix, signal, emit });
  return { features: space.features.length, classes: space.classes };
}

/** Agrees one feature space for the data of a project's connected participants. */
export async function alignProject(
  dependencies: Dependencies,
  project: Project,
  { autoFix, signal, emit }: Pick<JobContext, 'signal' | 'emit'> & { readonly autoFix: boolean },
): Promise<Aligned> {
  const replies = new Map(
    await Promise.all(
      [...project.participants.keys()].map(
        async (name) => [name, await describe(dependencies, project, name, signal)] as const,
      ),
    ),
  );
  const descriptions = Object.fromEntries(replies);
  const space = commonSpace(descriptions);
  checkSpaceSize(space, descriptions);
  if (project.action === 'classify' && space.classes.length < 2)
    throw new OrchestrationError(
      'alignment_impossible',
      `all participants together have ${space.classes.length} class in 'target'; classification needs two`,
    );
  const { key } = project;
  const alignments = new Map<string, AlignmentBody>();
  for (const [participant_id, reply] of replies) {
    const body = alignmentOf(reply, space);
    await dependencies.records.put('Alignment', { ...key, participant_id }, { ...body });
    alignments.set(participant_id, body);
  }
  await dependencies.records.update('Project', key, {
    universe_alignment: space.features,
    common_space: space,
  });
  const models = autoFix ? await fitModels(dependencies, project, space) : new Map();
  await emit('aligned', { features: space.features.length, classes: space.classes });
  return { space, alignments, models };
}

async function describe(
  dependencies: Dependencies,
  project: Project,
  participant: string,
  signal: AbortSignal,
): Promise<DescribeReply> {
  const tags = project.participants.get(participant);
  const key = { collab: project.key.collab_id, project: project.key.project_id };
  try {
    const { payload } = await dependencies.dataPlane.request(
      participant,
      { kind: 'describe', payload: { key, action: project.action, tags } },
      { signal, deadlineMs: dependencies.describeDeadlineMs },
    );
    return parseReply(describeReplySchema, 'a describe task', payload);
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = failureOf(error);
    throw new ParticipantFailed(participant, code, message, error);
  }
}

function alignmentOf(reply: DescribeReply, space: CommonSpace): AlignmentBody {
  const { train, evaluate, predict } = reply;
  return {
    train: spacersOf(space, train),
    evaluate: spacersOf(space, evaluate),
    predict: spacersOf(space, predict),
    data_versions: {
      train: train.version,
      evaluate: evaluate?.version ?? null,
      predict: predict?.version ?? null,
    },
    samples: {
      train: train.samples,
      evaluate: evaluate?.samples ?? 0,
      predict: predict?.samples ?? 0,
    },
    lacks: lacksOf(space, reply),
  };
}

/** The layers of each experiment, fitted. */
async function fitModels(
  { records, registry }: Dependencies,
  { key, action }: Project,
  space: CommonSpace,
): Promise<Aligned['models']> {
  const models = new Map<string, readonly Record<string, unknown>[]>();
  const inputs = agreementFor(space.datatype, 'the project').inputs(space);
  for (const experiment of await records.list('Experiment', key)) {
    const { model } = z.object({ model: z.array(z.unknown()) }).parse(experiment.body);
    const parsed = parseModel(model, registry);
    const fitted = adaptModel(parsed, {
      action,
      ...(inputs !== undefined && { inputs }),
      ...(action === 'classify' ? { outputs: space.classes.length } : {}),
    });
    const adapted = definitionOf(fitted).map((layer) => ({ ...layer }));
    await records.update('Experiment', experiment.key, { model: adapted });
    models.set(experiment.key.expt_id ?? '', adapted);
  }
  return models;
}
