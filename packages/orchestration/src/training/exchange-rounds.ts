import { failureOf } from '@synergos/contract';
import {
  ensembleManifest,
  joinMembers,
  type ExchangeOutcome,
  type Message,
  type Tensor,
  type Tensors,
} from '@synergos/fed-algorithms';
import { nonFiniteIn } from '@synergos/fed-algorithms/non-finite';
import type { TensorsRef } from '@synergos/rpc-core';
import { Diverged, OrchestrationError, QuorumMissed } from '../errors.js';
import type { Checkpoint } from '../checkpoints/checkpoint.js';
import type { AnswerTimes } from '../participants/deadline.js';
import { openVector, writeModel, type ModelFile } from '../checkpoints/global-model.js';
import { chosenCohort, countedAfter } from './participation.js';
import { askQuestion } from './ask-question.js';
import { evaluateAll } from '../inference/evaluation.js';
import { published } from './published.js';
import type { Moved, Rounds, RoundsOptions } from './rounds.js';
import { metadataOf } from './trained-model.js';

/** Rounds of questions and answers, as an algorithm's `exchange` defines them. */
export function exchangeRounds(options: RoundsOptions): Rounds {
  const { dependencies, context, run, participants, checkpoints, roster, drops, evaluationTimes } = options;
  const { algorithm, args, model, manifest } = run;
  const { exchange } = algorithm;
  if (exchange === undefined) throw new Error(`${algorithm.name} has no exchange`);
  /** Times of answers, by question. */
  const questionTimes = new Map<string, AnswerTimes>();
  const timesOf = (question: string) => {
    const times = questionTimes.get(question) ?? options.answerTimes();
    questionTimes.set(question, times);
    return times;
  };

  return {
    async next(current) {
      const round = current.round + 1;
      const { signal, emit } = context;
      const cohort = chosenCohort(run, participants, round);
      // Round 0 is not evaluated: its model is drawn, not learned.
      const evaluations =
        current.round === 0
          ? {}
          : await evaluateAll(dependencies, run, {
              round: current.round,
              participants,
              model: published(dependencies, current.model),
              roster,
              times: evaluationTimes,
              signal,
            });
      await emit('round_started', { round, cohort, attempt: 1 });
      const { asked, skipped, needed } = await roster.call(cohort);
      for (const one of skipped) await drops.add(round, one);
      const reasons: string[] = [];
      const drop = async (participant: string, error: unknown) => {
        signal.throwIfAborted();
        const { code, message } = failureOf(error);
        reasons.push(`${participant}: ${message}`);
        roster.dropped(participant, round, code);
        await drops.add(round, { participant, code, reason: message });
      };
      const global: TensorsRef = await dependencies.dataPlane.publish(published(dependencies, current.model));
      const ask = async (participant: string, question: string, message: Message = {}) => {
        const times = timesOf(question);
        const asked = { participant, question, message, current, global, times, signal };
        return believable(participant, await askQuestion(dependencies, run, asked));
      };
      try {
        const outcome = await exchange.round({
          action: run.project.action,
          model,
          manifest,
          round,
          args,
          signal,
          components: dependencies.registry,
          async compile(layers, part = 'whole') {
            // Loads TensorFlow.js, which only few algorithms need.
            const { compileNetwork } = await import('@synergos/networks');
            return compileNetwork(layers, {
              action: run.project.action,
              components: dependencies.registry,
              ...(part === 'whole' && { criterion: args.criterion, criterionArguments: args }),
            });
          },
          cohort: asked,
          weights: await readVector(options, current.model),
          kept: await keptOf(options, current),
          ask,
          drop,
          async askAll(names, question, messageFor = () => ({})) {
            const answers = new Map<string, Message>();
            await Promise.all(
              names.map(async (name) => {
                try {
                  answers.set(name, await ask(name, question, messageFor(name)));
                } catch (error) {
                  await drop(name, error);
                }
              }),
            );
            // In the order of the requests, not of the answers: float sums depend on it.
            return new Map(
              names.flatMap((name) => {
                const answer = answers.get(name);
                return answer === undefined ? [] : [[name, answer] as const];
              }),
            );
          },
        });
        if (outcome.trained.size < needed)
          throw new QuorumMissed(round, outcome.trained.size, needed, reasons);
        for (const [participant, { samples, loss }] of outcome.trained)
          await emit('update_received', { round, participant, samples, loss });
        return {
          trained: outcome.trained,
          evaluations: new Map([[current.round, evaluations]]),
          move: () => store(options, current, outcome),
        };
      } finally {
        dependencies.dataPlane.withdraw(global.sha256);
      }
    },
    close: () => Promise.resolve(),
  };

  /** Caps the samples of an answer at the participant's rows at alignment. */
  function believable(participant: string, answer: Message): Message {
    const rows = run.rows.get(participant);
    const samples = answer.values?.samples;
    if (samples === undefined || rows === undefined) return answer;
    const most = Math.max(rows.train, rows.evaluate);
    return { ...answer, values: { ...answer.values, samples: Math.max(0, Math.min(samples, most)) } };
  }

  async function store(
    { dependencies: { scratch } }: RoundsOptions,
    current: Checkpoint,
    { global, keep = {}, trained }: ExchangeOutcome,
  ): Promise<Moved> {
    const round = current.round + 1;
    const isEnsemble = !(global instanceof Float32Array);
    const weights = isEnsemble ? joinMembers(global.members, global.shares) : global;
    if (nonFiniteIn(weights) >= 0) throw new Diverged(round, 'the global model is no longer finite');
    const shape = isEnsemble ? ensembleManifest(manifest, global.members.length) : manifest;
    const state: Record<string, ModelFile> = {};
    for (const [name, tensor] of Object.entries(keep))
      state[name] = await writeModel(scratch, checkpoints.statePath(round, name), manifestOf(tensor), {}, [
        tensor.data,
      ]);
    return {
      round,
      model: await writeModel(scratch, checkpoints.modelPath(round), shape, metadataOf(run), [weights]),
      state,
      carried: {},
      numbers: {},
      counted: countedAfter(current, round, trained.keys()),
    };
  }
}

function manifestOf({ shape, data: { length: size } }: Tensor) {
  return { tensors: [{ name: 'state', shape, offset: 0, size, trainable: false }], size };
}

async function keptOf(options: RoundsOptions, { state }: Checkpoint): Promise<Tensors> {
  const kept: Record<string, Tensor> = {};
  for (const [name, file] of Object.entries(state)) {
    const reader = await openVector(await options.dependencies.scratch.open(file.path));
    const shape = reader?.tensors[0]?.shape ?? [];
    await reader?.close();
    kept[name] = { shape, data: await readVector(options, file) };
  }
  return kept;
}

async function readVector(
  { dependencies: { scratch } }: RoundsOptions,
  { path }: ModelFile,
): Promise<Float32Array> {
  const vector = await openVector(await scratch.open(path));
  if (vector === undefined) throw new OrchestrationError('record_missing', `checkpoint file ${path} is gone`);
  try {
    const values = new Float32Array(vector.size);
    await vector.read(0, values);
    return values;
  } finally {
    await vector.close();
  }
}
