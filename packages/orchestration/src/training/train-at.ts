import type { Manifest } from '@synergos/fed-algorithms';
import { trainReplySchema, type TensorsRef, type TrainReply, type TrainTask } from '@synergos/rpc-core';
import { OrchestrationError } from '../errors.js';
import { parseReply } from '../parse-reply.js';
import { ask, type Asking } from '../participants/ask.js';
import { requireVersion } from '../participants/data-version.js';
import type { StagedUpdate } from '../updates/staged-update.js';
import type { Staging } from '../updates/upload-slots.js';

export interface TrainAtOptions extends Asking {
  readonly manifest: Manifest;
  /** The global model and the vectors that the algorithm sends with it. */
  readonly tensors: Readonly<Record<string, TensorsRef>> & { readonly global: TensorsRef };
  /** Names of the vectors expected with the update. */
  readonly auxiliary: readonly string[];
  /** Those of them that may be missing. */
  readonly optionalAuxiliary?: readonly string[];
  readonly staging: Staging;
}

/** A reply with a finite training loss. */
export type FiniteTrainReply = TrainReply & { readonly loss: number };

export interface TrainedUpdate {
  readonly update: StagedUpdate;
  readonly auxiliary: ReadonlyMap<string, StagedUpdate>;
  readonly reply: FiniteTrainReply;
  /** Bytes received. */
  readonly bytes: number;
}

/** Sends a train task to a participant; resolves with its complete and verified update. */
export async function trainAt(
  participant: string,
  payload: TrainTask,
  options: TrainAtOptions,
  canSpare?: () => boolean,
): Promise<TrainedUpdate> {
  const { manifest, staging, tensors, optionalAuxiliary: optional = [] } = options;
  const received = new Map<string, StagedUpdate>();
  let bytes = 0;
  try {
    const { payload: answer } = await ask(
      options,
      participant,
      { kind: 'train', payload, tensors },
      {
        ...(canSpare && { canSpare }),
        receive: ({ name, sizeBytes }) => {
          if (name !== 'update' && !options.auxiliary.includes(name))
            throw new OrchestrationError('unknown_vector', `this algorithm takes no vector '${name}'`);
          return staging.receive(manifest, (complete) => {
            received.set(name, complete);
            bytes += sizeBytes;
          });
        },
      },
    );
    const { loss, ...reply } = parseReply(trainReplySchema, 'a train task', answer);
    if (loss === null)
      throw new OrchestrationError('not_finite', 'its training loss is null; expected a finite number');
    requireVersion(payload.dataVersion, reply.dataVersion);
    const update = received.get('update');
    if (update === undefined)
      throw new OrchestrationError('no_update', 'it answered without sending an update');
    const missing = options.auxiliary.filter((name) => !received.has(name) && !optional.includes(name));
    if (missing.length > 0)
      throw new OrchestrationError(
        'missing_vector',
        `it sent no ${missing.map((name) => `'${name}'`).join(', ')} with its update`,
      );
    const auxiliary = new Map(received);
    auxiliary.delete('update');
    return { update, auxiliary, reply: { ...reply, loss }, bytes };
  } catch (error) {
    for (const vector of received.values()) staging.release(vector);
    throw error;
  }
}
