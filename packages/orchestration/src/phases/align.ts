import { z } from 'zod';
import { adaptModel, parseModel } from '@synergos/fed-algorithms';
import type { CommonSpace } from '@synergos/contract';
import { describeReplySchema, type DescribeReply } from '@synergos/rpc-core';
import type { JobContext } from '@synergos/scaling';
import { commonSpace, spacersOf } from '../alignment/common-space.js';
import { OrchestrationError, ParticipantFailed, reasonOf } from '../errors.js';
import { parseReply } from '../parse-reply.js';
import { alignJobSchema } from '../job-payloads.js';
import { connected, type Ground } from './ground.js';
import { loadProject, type Project } from './project-data.js';

/** Describe → common space → one Alignment record a participant; models are fitted to it with `auto_fix`. */
export async function align(ground: Ground, { job, signal, emit }: JobContext): Promise<unknown> {
  const payload = alignJobSchema.parse(job.payload);
  const project = await loadProject(ground.records, payload);
  const names = [...project.participants.keys()];
  await connected(ground, names, signal);
  await emit('phase', { phase: 'align', participants: names });

  const replies = new Map(
    await Promise.all(
      names.map(async (name) => [name, await describe(ground, project, name, signal)] as const),
    ),
  );
  const space = commonSpace(Object.fromEntries(replies));
  if (project.action === 'classify' && space.classes.length < 2)
    throw new OrchestrationError(
      'alignment_impossible',
      `all participants together have ${space.classes.length} class in 'target'; classification needs two`,
    );
  for (const [participant_id, reply] of replies) await store(ground, project, participant_id, reply, space);
  const { key } = project;
  await ground.records.update('Project', key, { universe_alignment: space.features, common_space: space });
  if (payload.auto_fix) await fitModels(ground, project, space);
  await emit('aligned', { features: space.features.length, classes: space.classes });
  return { features: space.features.length, classes: space.classes };
}

async function describe(
  ground: Ground,
  project: Project,
  participant: string,
  signal: AbortSignal,
): Promise<DescribeReply> {
  const tags = project.participants.get(participant);
  const key = { collab: project.key.collab_id, project: project.key.project_id };
  try {
    const { payload } = await ground.dataPlane.request(
      participant,
      { kind: 'describe', payload: { key, action: project.action, tags } },
      { signal, deadlineMs: ground.describeDeadlineMs },
    );
    return parseReply(describeReplySchema, 'a describe task', payload);
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = reasonOf(error);
    throw new ParticipantFailed(participant, code, message, error);
  }
}

async function store(
  { records }: Ground,
  { key }: Project,
  participant_id: string,
  reply: DescribeReply,
  space: CommonSpace,
): Promise<void> {
  const { train, evaluate, predict } = reply;
  const versions = {
    train: train.version,
    evaluate: evaluate?.version ?? null,
    predict: predict?.version ?? null,
  };
  await records.put(
    'Alignment',
    { ...key, participant_id },
    {
      train: spacersOf(space, train),
      evaluate: spacersOf(space, evaluate),
      predict: spacersOf(space, predict),
      data_versions: versions,
      samples: {
        train: train.samples,
        evaluate: evaluate?.samples ?? 0,
        predict: predict?.samples ?? 0,
      },
    },
  );
}

async function fitModels({ records }: Ground, { key, action }: Project, space: CommonSpace): Promise<void> {
  for (const experiment of await records.list('Experiment', key)) {
    const { model } = z.object({ model: z.array(z.unknown()) }).parse(experiment.body);
    const adapted = adaptModel(parseModel(model), {
      action,
      ...(space.datatype === 'image' ? {} : { inputs: space.features.length }),
      ...(action === 'classify' ? { outputs: space.classes.length } : {}),
    });
    await records.update('Experiment', experiment.key, { model: adapted });
  }
}
