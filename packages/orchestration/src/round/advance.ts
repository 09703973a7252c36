import type { Algorithm, Engine, RunArguments } from '@synergos/fed-algorithms';
import { Diverged } from '../errors.js';
import { findNonFinite, inBlocks } from './blocks.js';
import type { Checkpoint } from './checkpoint.js';

/** The server's step: from the aggregate of a round's updates to the next global model. Throws `Diverged`. */
export async function advance(
  {
    algorithm,
    args,
    engine,
  }: { readonly algorithm: Algorithm; readonly args: RunArguments; readonly engine: Engine },
  current: Pick<Checkpoint, 'round' | 'weights' | 'state'>,
  aggregate: Float32Array,
): Promise<Pick<Checkpoint, 'round' | 'weights' | 'state'>> {
  const round = current.round + 1;
  const { server } = algorithm;
  const weights = await copied(current.weights);
  const state: Record<string, Float32Array> = {};
  for (const [name, vector] of Object.entries(current.state)) state[name] = await copied(vector);
  if (server === undefined)
    await inBlocks(weights.length, (start, end) => {
      for (let i = start; i < end; i++) weights[i]! += aggregate[i]!;
    });
  else server.step({ weights, aggregate, state, round, args, engine });
  if ((await findNonFinite(weights)) >= 0) throw new Diverged(round);
  return { round, weights, state };
}

/** The global model is published while the next one is made, so that it is never changed in place. */
async function copied(vector: Float32Array): Promise<Float32Array> {
  const copy = new Float32Array(vector.length);
  await inBlocks(vector.length, (start, end) => copy.set(vector.subarray(start, end), start));
  return copy;
}
