import type { Message } from '@synergos/fed-algorithms';
import {
  exchangeReplySchema,
  packTensors,
  unpackTensors,
  type ExchangeTask,
  type TensorsRef,
} from '@synergos/rpc-core';
import { OrchestrationError } from '../errors.js';
import { parseReply } from '../parse-reply.js';
import { ask } from '../participants/ask.js';
import type { Checkpoint } from '../checkpoints/checkpoint.js';
import { requireVersion } from '../participants/data-version.js';
import type { AnswerTimes } from '../participants/deadline.js';
import type { Dependencies } from '../dependencies.js';
import { workload, type RunDefinition } from '../project/run-definition.js';

/** Bound of an answer, which is held in memory. */
const MOST_ANSWER_BYTES = 2 ** 30;

export interface Question {
  readonly participant: string;
  readonly question: string;
  readonly message: Message;
  /** Checkpoint that the round started from. */
  readonly current: Checkpoint;
  readonly global: TensorsRef;
  /** Times of earlier answers to this question. */
  readonly times: AnswerTimes;
  readonly signal: AbortSignal;
}

/** Sends one question of an algorithm's exchange to a participant. */
export async function askQuestion(
  dependencies: Dependencies,
  run: RunDefinition,
  { participant, question, message: { values = {}, tensors }, current, global, times, signal }: Question,
): Promise<Message> {
  const { dataPlane } = dependencies;
  const tags = run.project.participants.get(participant);
  const dataVersion = run.dataVersions.get(participant);
  const payload: ExchangeTask = {
    ...workload(run),
    ...(dataVersion !== undefined && { dataVersion }),
    round: current.round + 1,
    stateRound: current.counted[participant] ?? 0,
    question,
    values: { ...values },
    trainTags: tags?.train ?? [],
    evaluateTags: tags?.evaluate ?? [],
  };
  const sent = tensors === undefined ? undefined : await dataPlane.publish(packTensors(tensors));
  let answer: Uint8Array | undefined;
  try {
    const reply = await ask(
      { ...dependencies, times, signal },
      participant,
      { kind: 'exchange', payload, tensors: { global, ...(sent && { message: sent }) } },
      {
        receive: ({ name, sizeBytes }) => {
          if (name !== 'answer' || sizeBytes > MOST_ANSWER_BYTES)
            throw new OrchestrationError(
              'bad_reply',
              `expected tensors 'answer' of up to ${MOST_ANSWER_BYTES} bytes, got '${name}' of ${sizeBytes}`,
            );
          return dependencies.uploads.bytes(sizeBytes, (bytes) => (answer = bytes));
        },
      },
    );
    const { values: answered, dataVersion: used } = parseReply(
      exchangeReplySchema,
      `'${question}'`,
      reply.payload,
    );
    requireVersion(dataVersion, used);
    return { values: answered, tensors: answer === undefined ? {} : unpackTensors(answer) };
  } finally {
    if (sent !== undefined) dataPlane.withdraw(sent.sha256);
  }
}
