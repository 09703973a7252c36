import { failureOf } from '@synergos/contract';
import {
  evaluateReplySchema,
  type EvaluateReply,
  type TensorsRef,
  type TensorsSource,
} from '@synergos/rpc-core';
import type { AnswerTimes } from '../participants/deadline.js';
import type { RoundEvaluations } from '../checkpoints/loss-history.js';
import type { Roster } from '../participants/roster.js';
import { believed } from '../updates/weight-limit.js';
import type { Dependencies } from '../dependencies.js';
import { infer, withPublished } from './inference.js';
import type { RunInUse } from '../project/run-definition.js';

/** Evaluates a published global model at one participant, on its `evaluate` tags; undefined if it has none. */
async function evaluateOne(
  dependencies: Dependencies,
  run: RunInUse,
  participant: string,
  global: TensorsRef,
  signal: AbortSignal,
  times?: AnswerTimes,
): Promise<readonly [string, EvaluateReply] | undefined> {
  const tags = run.project.participants.get(participant)?.evaluate ?? [];
  if (tags.length === 0) return undefined;
  const task = {
    kind: 'evaluate',
    participant,
    tags,
    reply: evaluateReplySchema,
    ...(times && { times }),
  } as const;
  return [participant, believed(await infer(dependencies, run, task, global, signal), run.rows, participant)];
}

/** Evaluates a global model at each participant that has `evaluate` tags. */
export async function evaluateAt(
  dependencies: Dependencies,
  run: RunInUse,
  participants: readonly string[],
  model: TensorsSource,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, EvaluateReply>> {
  const replies = await withPublished(dependencies, model, (global) =>
    Promise.all(
      participants.map((participant) => evaluateOne(dependencies, run, participant, global, signal)),
    ),
  );
  return new Map(replies.filter((reply) => reply !== undefined));
}

export interface EvaluatedRound {
  readonly round: number;
  readonly participants: readonly string[];
  readonly model: TensorsSource;
  readonly roster: Pick<Roster, 'isAway' | 'dropped'>;
  readonly times: AnswerTimes;
  readonly signal: AbortSignal;
}

/**
 * Evaluates the model of a round: loss and score by participant. Absent participants are not asked; a failed evaluation is
 * logged and left out.
 */
export async function evaluateAll(
  dependencies: Dependencies,
  run: RunInUse,
  { round, participants, model, roster, times, signal }: EvaluatedRound,
): Promise<RoundEvaluations> {
  const asked = participants.filter((name) => !roster.isAway(name));
  const replies = await withPublished(dependencies, model, (global) =>
    Promise.all(
      asked.map(async (participant) => {
        try {
          return await evaluateOne(dependencies, run, participant, global, signal, times);
        } catch (error) {
          signal.throwIfAborted();
          dependencies.logger.warn({ participant, round, err: error }, 'evaluation failed');
          roster.dropped(participant, round, failureOf(error).code);
          return undefined;
        }
      }),
    ),
  );
  return Object.fromEntries(
    replies.flatMap((reply) => {
      if (reply === undefined) return [];
      const [name, { samples, loss, score, issue }] = reply;
      return [[name, { samples, loss, score, ...(issue !== undefined && { issue }) }]];
    }),
  );
}
