import { carriesState, deriveSeed, ownModel, trainClient } from '@synergos/fed-algorithms';
import {
  decodeSafetensors,
  encodeSafetensors,
  trainTaskSchema,
  type TaskResult,
  type TrainReply,
  type WorkerTask,
} from '@synergos/rpc-core';
import { InvalidTask } from '../errors.js';
import { compressed } from './compressed.js';
import { trainingData } from './data-for.js';
import { misfitsToReport } from './misfits.js';
import { score } from './score.js';
import { parsePayload } from './parse-payload.js';
import type { TaskContext } from './context.js';
import { openWorkload, type Workload } from './workload.js';

/** Evaluates the incoming global model if the task has evaluation data, trains on local data, and sends Δ = w_k − w. */
export async function trainTask(context: TaskContext, task: WorkerTask): Promise<TaskResult> {
  const startedMs = performance.now();
  const payload = parsePayload(trainTaskSchema, 'train', task.payload);
  const { action, space, round, stateRound, trainTags, evaluateTags, key } = payload;
  const workload = await openWorkload(context, payload, task);
  const { trainer, algorithm, args, global } = workload;
  const { manifest } = trainer.describe();
  if (stateRound === 0) await context.states.clear(key);
  const isCarried = stateRound > 0 && carriesState(algorithm, args);
  const state = isCarried ? await context.states.latest(key, stateRound) : undefined;
  const { samples, dataVersion } = await trainingData(context, payload);
  const evaluated =
    evaluateTags.length === 0
      ? undefined
      : await context.datasets.samples(evaluateTags, { space, action, fitTags: trainTags });
  const misfits = evaluated === undefined ? {} : misfitsToReport(evaluated.misfits, payload.lacks);
  const own = ownModel(algorithm, args, manifest, global, state);
  const evaluation =
    evaluated === undefined
      ? null
      : (await score(trainer, own, evaluated, { action, features: space.features })).evaluation;
  const result = await trainClient({
    algorithm,
    args,
    trainer,
    samples,
    global,
    received: received(workload, task),
    state,
    round,
    // Differs by round and participant, and is repeatable after a restart.
    seed: deriveSeed(args.seed, round, context.participant),
    signal: task.signal,
    components: context.registry,
    onEpoch: (epoch, epochLoss) => task.progress({ round, epoch, loss: epochLoss }),
  });
  const { steps, epochs, loss, stoppedEarly } = result.trained;
  // Saved before the update is sent: if the update counts, the next round needs this state.
  if (Object.keys(result.state).length > 0)
    await context.states.save(key, { round, base: stateRound }, float32(result.state));
  const seconds = (performance.now() - startedMs) / 1000;
  const reply: TrainReply = {
    samples: samples.count,
    steps,
    epochs,
    loss,
    stoppedEarly,
    seconds,
    evaluation,
    values: { ...result.values },
    dataVersion,
    ...misfits,
  };
  context.logger.info({ ...key, round, samples: samples.count, steps, loss, seconds }, 'trained');
  const update = compressed(Float32Array.from(result.update), {
    args,
    isSparse: algorithm.client?.sparse === true,
    manifest,
    residuals: context.residuals,
    run: JSON.stringify([key.collab, key.project, key.expt, key.run]),
    round,
    participant: context.participant,
  });
  const vectors = Object.entries(float32(result.vectors)).map(([name, vector]) => [
    name,
    encodeSafetensors(manifest.tensors, vector),
  ]);
  return { payload: reply, tensors: { ...Object.fromEntries(vectors), update } };
}

/** The vectors that the server sent with the global model. */
function received({ algorithm, trainer }: Workload, { tensors }: WorkerTask): Record<string, Float32Array> {
  const { size } = trainer.describe().manifest;
  return Object.fromEntries(
    (algorithm.server?.sends ?? []).map((name) => {
      const bytes = tensors[name];
      if (bytes === undefined) throw new InvalidTask(`the task comes without the server's '${name}'`);
      const { data } = decodeSafetensors(bytes);
      if (data.length !== size)
        throw new InvalidTask(`the server's '${name}' has ${data.length} values, the model ${size}`);
      return [name, data];
    }),
  );
}

function float32(
  vectors: Readonly<Record<string, Float32Array | Float64Array>>,
): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(vectors).map(([name, vector]) => [
      name,
      vector instanceof Float32Array ? vector : Float32Array.from(vector),
    ]),
  );
}
