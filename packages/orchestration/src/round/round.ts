import type { Aggregator, Engine, Manifest } from '@synergos/fed-algorithms';
import {
  trainReplySchema,
  type DataPlane,
  type TensorsRef,
  type TrainReply,
  type TrainTask,
} from '@synergos/rpc-core';
import { Diverged, OrchestrationError, QuorumMissed, reasonOf } from '../errors.js';
import { Folding } from './folding.js';
import { whileConnected } from './presence.js';
import { Staging, type StagedUpdate } from './staging.js';

export interface RoundOptions {
  readonly dataPlane: DataPlane;
  readonly round: number;
  readonly cohort: readonly string[];
  /** Fewest updates the round may end with. */
  readonly minUpdates: number;
  readonly deadlineMs: number;
  /** How long a participant may be away before the round goes on without it. */
  readonly absenceGraceMs: number;
  readonly manifest: Manifest;
  readonly aggregator: Aggregator;
  readonly engine: Engine;
  readonly global: TensorsRef;
  readonly staging: Staging;
  readonly taskFor: (participant: string) => TrainTask;
  readonly signal: AbortSignal;
  readonly emit: (type: string, data: Readonly<Record<string, unknown>>) => Promise<void>;
}

/** What a participant's training or update is refused for when its numbers are no numbers any more. */
const DIVERGENCES: ReadonlySet<string> = new Set(['diverged', 'not_finite']);

export interface RoundResult {
  readonly aggregate: Float32Array;
  readonly replies: ReadonlyMap<string, TrainReply>;
  /** The updates as they came, until the staging is closed. */
  readonly updates: ReadonlyMap<string, StagedUpdate>;
}

/** One round: every participant of the cohort trains on the global model; their updates become one aggregate. */
export async function runRound(options: RoundOptions): Promise<RoundResult> {
  const { cohort, round, manifest, aggregator, engine } = options;
  const folding = new Folding({ aggregator, engine, size: manifest.size, cohort });
  const replies = new Map<string, TrainReply>();
  const updates = new Map<string, StagedUpdate>();
  const reasons: string[] = [];
  const codes = new Set<string>();
  // With those who reported and those still at work: one more that leaves must not break the quorum.
  const canSpare = () => cohort.length - reasons.length > options.minUpdates;

  const ask = async (participant: string) => {
    try {
      const { update, reply } = await trainAt(participant, options, canSpare);
      updates.set(participant, update);
      replies.set(participant, reply);
      folding.add(participant, update, reply.samples);
      const { samples, steps, loss, seconds } = reply;
      await options.emit('update_received', { round, participant, samples, steps, loss, seconds });
    } catch (error) {
      if (options.signal.aborted) throw error;
      folding.skip(participant);
      const { code, message } = reasonOf(error);
      reasons.push(`${participant}: ${message}`);
      codes.add(code);
      await options.emit('participant_dropped', { round, participant, code, reason: message });
    }
  };
  const outcomes = await Promise.allSettled(cohort.map(ask));
  options.signal.throwIfAborted();
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  // The same round again would end the same way.
  if (replies.size === 0 && codes.size > 0 && [...codes].every((code) => DIVERGENCES.has(code)))
    throw new Diverged(round, reasons.join('; '));
  if (replies.size < options.minUpdates)
    throw new QuorumMissed(round, replies.size, options.minUpdates, reasons);
  return { aggregate: await folding.finish(), replies, updates };
}

async function trainAt(
  participant: string,
  options: RoundOptions,
  canSpare: () => boolean,
): Promise<{ update: StagedUpdate; reply: TrainReply }> {
  const { dataPlane, manifest, staging, global, deadlineMs } = options;
  let update: StagedUpdate | undefined;
  const { payload } = await whileConnected(
    dataPlane,
    participant,
    { graceMs: options.absenceGraceMs, canSpare },
    options.signal,
    (signal) =>
      dataPlane.request(
        participant,
        { kind: 'train', payload: options.taskFor(participant), tensors: { global } },
        {
          deadlineMs,
          signal,
          receive: () => staging.receive(manifest, (complete) => (update = complete)),
        },
      ),
  );
  const reply = trainReplySchema.safeParse(payload);
  if (!reply.success)
    throw new OrchestrationError(
      'bad_reply',
      `its answer to a train task is malformed: ${reply.error.message}`,
    );
  if (update === undefined)
    throw new OrchestrationError('no_update', 'it answered without sending an update');
  return { update, reply: reply.data };
}
