import {
  carriesState,
  createManifest,
  deriveSeed,
  outputKind,
  parseModel,
  parseRunArguments,
  type Message,
} from '@synergos/fed-algorithms';
import { compileNetwork } from '@synergos/networks';
import {
  decodeSafetensors,
  exchangeTaskSchema,
  packTensors,
  unpackTensors,
  type ExchangeTask,
  type TaskResult,
  type WorkerTask,
} from '@synergos/rpc-core';
import { DataChanged, InvalidTask } from '../errors.js';
import { prAuc } from '../metrics/curves.js';
import { regressionStatistics } from '../metrics/regression.js';
import { trainingData } from './data-for.js';
import { parsePayload } from './parse-payload.js';
import { outputsAsInference } from './score.js';
import type { TaskContext } from './context.js';

/** Answers one question of an algorithm whose rounds consist of questions and answers. */
export async function exchangeTask(context: TaskContext, task: WorkerTask): Promise<TaskResult> {
  const payload = parsePayload(exchangeTaskSchema, 'exchange', task.payload);
  const { key, round, stateRound, question, action } = payload;
  const algorithm = context.registry.get(payload.algorithm);
  const answer = algorithm.exchange?.answers[question];
  if (answer === undefined)
    throw new InvalidTask(`${algorithm.name} has no answer to '${question}' in this worker's version of it`);
  const dataVersion = await context.datasets.version(payload.trainTags);
  if (payload.dataVersion !== undefined && payload.dataVersion !== dataVersion) throw new DataChanged();
  const { arguments: args } = parseRunArguments(context.registry, payload.arguments);
  if (!Array.isArray(payload.model))
    throw new InvalidTask(`${algorithm.name} needs a model that is a list of layers`);
  const model = parseModel(payload.model, context.registry);
  const session = context.sessions.of(JSON.stringify([key.collab, key.project, key.expt, key.run]), round);
  const before =
    stateRound === 0
      ? undefined
      : await context.states.latest(key, stateRound, carriesState(algorithm, args));
  const state: Record<string, Float32Array> = { ...before };
  const message: Message = {
    values: payload.values,
    tensors: task.tensors.message === undefined ? {} : unpackTensors(task.tensors.message),
  };
  const { global } = task.tensors;
  if (global === undefined) throw new InvalidTask('the task comes without the global model');
  const { values = {}, tensors } = await answer({
    action,
    model,
    manifest: createManifest(model),
    round,
    args,
    signal: task.signal,
    components: context.registry,
    compile: (layers, part = 'whole') =>
      compileNetwork(layers, {
        action,
        backend: context.backend,
        components: context.registry,
        ...(part === 'whole' && { criterion: args.criterion, criterionArguments: args }),
      }),
    message,
    global: decodeSafetensors(global).data,
    samples: () => remembered(session, 'samples', async () => (await trainingData(context, payload)).samples),
    evaluation: () => remembered(session, 'evaluation', () => evaluable(context, payload)),
    state,
    session,
    seed: deriveSeed(args.seed, round, context.participant),
  });
  if (Object.keys(state).some((name) => state[name] !== before?.[name]))
    await context.states.save(key, { round, base: stateRound }, state);
  context.logger.debug({ ...key, round, question }, 'answered');
  return {
    payload: { values, dataVersion },
    ...(tensors && { tensors: { answer: packTensors(tensors) } }),
  };
}

function remembered<Value>(
  session: Map<string, unknown>,
  name: string,
  make: () => Promise<Value>,
): Promise<Value> {
  const known = (session.get(name) as Promise<Value> | undefined) ?? make();
  session.set(name, known);
  known.catch(() => session.delete(name));
  return known;
}

async function evaluable({ datasets, registry }: TaskContext, payload: ExchangeTask) {
  const { evaluateTags, trainTags, space, action, model } = payload;
  if (evaluateTags.length === 0) return null;
  const samples = await datasets.samples(evaluateTags, { space, action, fitTags: trainTags });
  const { targets } = samples;
  const output = outputKind(parseModel(model, registry));
  return {
    samples,
    score(outputs: Float32Array): number | null {
      const inference = outputsAsInference(outputs, samples.count, output, action);
      if (inference.action === 'regress') return regressionStatistics(targets, inference.values).R2;
      const { classes, scores } = inference;
      const areas = Array.from({ length: classes }, (_, one) =>
        prAuc(
          [...targets].map((target) => target === one),
          Float32Array.from(targets, (_target, row) => scores[row * classes + one] ?? 0),
        ),
      ).filter((area) => area !== null);
      return areas.length === 0 ? null : areas.reduce((sum, area) => sum + area, 0) / areas.length;
    },
  };
}
