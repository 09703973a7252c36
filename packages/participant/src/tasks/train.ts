import { deriveSeed } from '@synergos/fed-algorithms';
import { trainTaskSchema, type TaskResult, type TrainReply, type WorkerTask } from '@synergos/rpc-core';
import { trainLocally } from '../training/index.js';
import { compressed } from './compressed.js';
import { score } from './score.js';
import { parsePayload } from './parse-payload.js';
import type { TaskGround } from './task-handlers.js';
import { openWorkload } from './workload.js';

/** Evaluates the incoming global model if asked, trains on local data, and sends Δ = w_k − w. */
export async function trainTask(ground: TaskGround, task: WorkerTask): Promise<TaskResult> {
  const startedMs = performance.now();
  const payload = parsePayload(trainTaskSchema, 'train', task.payload);
  const { action, space, round, trainTags, evaluateTags, key } = payload;
  const workload = await openWorkload(ground, payload, task);
  const { network, algorithm, args, global } = workload;
  const evaluation =
    evaluateTags.length === 0
      ? null
      : score(
          workload,
          global,
          await ground.datasets.samples(evaluateTags, { space, action, fitTags: trainTags }),
          action,
        ).evaluation;
  const samples = await ground.datasets.samples(trainTags, { space, action });
  const { weights, steps, epochs, loss, stoppedEarly } = await trainLocally({
    network,
    samples,
    global,
    args,
    algorithm,
    // The same again after a restart, and different for each round and participant.
    seed: deriveSeed(args.seed, round, ground.participant),
    signal: task.signal,
    onEpoch: (epoch, epochLoss) => task.progress({ round, epoch, loss: epochLoss }),
  });
  const update = weights.map((value, index) => value - global[index]!);
  const seconds = (performance.now() - startedMs) / 1000;
  const reply: TrainReply = {
    samples: samples.count,
    steps,
    epochs,
    loss,
    stoppedEarly,
    seconds,
    evaluation,
  };
  ground.logger.info({ ...key, round, samples: samples.count, steps, loss, seconds }, 'trained');
  const file = compressed(update, {
    args,
    manifest: network.manifest,
    residuals: ground.residuals,
    run: JSON.stringify([key.collab, key.project, key.expt, key.run]),
    round,
    participant: ground.participant,
  });
  return { payload: reply, tensors: { update: file } };
}
