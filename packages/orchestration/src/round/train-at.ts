import type { Manifest } from '@synergos/fed-algorithms';
import { trainReplySchema, type TensorsRef, type TrainReply, type TrainTask } from '@synergos/rpc-core';
import type { DataPlanePort } from '../data-plane/port.js';
import { OrchestrationError } from '../errors.js';
import { parseReply } from '../parse-reply.js';
import { whileConnected } from './presence.js';
import type { Staging, StagedUpdate } from './staging.js';

export interface TrainAtOptions {
  readonly dataPlane: DataPlanePort;
  readonly deadlineMs: number;
  /** How long a participant may be away before it is given up. */
  readonly absenceGraceMs: number;
  readonly manifest: Manifest;
  /** The global model, and vectors that the algorithm sends with it. */
  readonly tensors: Readonly<Record<string, TensorsRef>> & { readonly global: TensorsRef };
  /** Names of the vectors that may come beside the update. */
  readonly beside: readonly string[];
  readonly staging: Staging;
  readonly signal: AbortSignal;
}

/** A reply whose training loss is a number. */
export type FiniteTrainReply = TrainReply & { readonly loss: number };

export interface TrainedUpdate {
  readonly update: StagedUpdate;
  readonly beside: ReadonlyMap<string, StagedUpdate>;
  readonly reply: FiniteTrainReply;
  /** What came over the wire. */
  readonly bytes: number;
}

/** Has a participant train on the global model; resolves with its update, once that is complete and checked. */
export async function trainAt(
  participant: string,
  payload: TrainTask,
  options: TrainAtOptions,
  canSpare?: () => boolean,
): Promise<TrainedUpdate> {
  const { dataPlane, manifest, staging, tensors, deadlineMs, absenceGraceMs: graceMs } = options;
  const received = new Map<string, StagedUpdate>();
  let bytes = 0;
  const { payload: answer } = await whileConnected(
    dataPlane,
    participant,
    { graceMs, ...(canSpare && { canSpare }) },
    options.signal,
    (signal) =>
      dataPlane.request(
        participant,
        { kind: 'train', payload, tensors },
        {
          deadlineMs,
          signal,
          receive: ({ name, sizeBytes }) => {
            if (name !== 'update' && !options.beside.includes(name))
              throw new OrchestrationError('unknown_vector', `this algorithm takes no vector '${name}'`);
            return staging.receive(manifest, (complete) => {
              received.set(name, complete);
              bytes += sizeBytes;
            });
          },
        },
      ),
  );
  const { loss, ...reply } = parseReply(trainReplySchema, 'a train task', answer);
  if (loss === null) throw new OrchestrationError('diverged', 'its training loss is not finite');
  const update = received.get('update');
  if (update === undefined)
    throw new OrchestrationError('no_update', 'it answered without sending an update');
  received.delete('update');
  return { update, beside: received, reply: { ...reply, loss }, bytes };
}
