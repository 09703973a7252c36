import { failureOf } from '@synergos/contract';
import { versionReplySchema } from '@synergos/rpc-core';
import type { JobContext } from '@synergos/scaling';
import { DataChanged } from '../errors.js';
import type { TrainJob } from '../job-payloads.js';
import { parseReply } from '../parse-reply.js';
import { alignProject } from './align.js';
import { connected, type Dependencies } from '../dependencies.js';
import { loadRun, type RunDefinition } from './run-definition.js';

/**
 * Checks the data versions of a run: if a participant's training data changed since the alignment, the project is aligned
 * again, or with `auto_align: false` the run is refused. Returns the run and the versions that participants reported.
 */
export async function onCurrentData(
  dependencies: Dependencies,
  { emit, signal }: JobContext,
  payload: TrainJob,
  run: RunDefinition,
): Promise<{ readonly run: RunDefinition; readonly versions: ReadonlyMap<string, string> }> {
  const versions = await versionsNow(dependencies, run, signal);
  const changed = [...versions].flatMap(([name, now]) => (run.dataVersions.get(name) === now ? [] : [name]));
  if (changed.length === 0) return { run, versions };
  const isAligned = payload.auto_align !== false;
  await emit('data_changed', { participants: changed, aligned_again: isAligned });
  if (!isAligned)
    throw new DataChanged(`the training data of ${changed.join(', ')} changed after the project was aligned`);
  await connected(dependencies, [...run.project.participants.keys()], signal);
  const aligned = await alignProject(dependencies, run.project, { autoFix: true, signal, emit });
  const again = await loadRun(dependencies.records, dependencies.registry, payload, aligned);
  return { run: again, versions: again.dataVersions };
}

/** Data versions of the aligned participants that are connected and answer. */
async function versionsNow(
  { dataPlane, describeDeadlineMs: deadlineMs, logger }: Dependencies,
  { project, key, dataVersions }: RunDefinition,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const asked = [...dataVersions.keys()].filter((name) => dataPlane.status(name)?.connected === true);
  const versions = await Promise.all(
    asked.map(async (name): Promise<[string, string][]> => {
      const tags = project.participants.get(name);
      const about = { key: { collab: key.collab, project: key.project }, action: project.action, tags };
      const task = { kind: 'describe', payload: { ...about, versionOnly: true } };
      try {
        const { payload } = await dataPlane.request(name, task, { signal, deadlineMs });
        return [[name, parseReply(versionReplySchema, 'a describe task', payload).train.version]];
      } catch (error) {
        signal.throwIfAborted();
        // Whether the participant can take part shows in its training.
        logger.info({ participant: name, ...failureOf(error) }, 'data version not known');
        return [];
      }
    }),
  );
  return new Map(versions.flat());
}
