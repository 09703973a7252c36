import type { ScratchStore } from '@synergos/artifacts';
import type { Aggregator, AggregatorState } from '@synergos/fed-algorithms';
import type { Checkpoint, Checkpoints } from './checkpoint.js';
import { openVector, writeModel, type ModelFile } from './global-model.js';

/** Reads the state that an aggregation rule carries between rounds; undefined for a rule without state. */
export async function readAggregatorState(
  scratch: ScratchStore,
  aggregator: Aggregator,
  size: number,
  { carried }: Pick<Checkpoint, 'carried'>,
): Promise<AggregatorState | undefined> {
  if (aggregator.kind !== 'collect' || aggregator.state === undefined) return undefined;
  const state = { ...aggregator.state(size) };
  for (const name of Object.keys(state)) {
    const file = carried[name];
    const vector = file && (await openVector(await scratch.open(file.path)));
    if (vector === undefined) continue;
    try {
      const values = new Float32Array(vector.size);
      await vector.read(0, values);
      state[name] = values;
    } finally {
      await vector.close();
    }
  }
  return state;
}

/** Writes the state as files of a round's checkpoint. */
export async function writeAggregatorState(
  scratch: ScratchStore,
  paths: Pick<Checkpoints, 'statePath'>,
  round: number,
  state: AggregatorState | undefined,
): Promise<Readonly<Record<string, ModelFile>>> {
  const written: Record<string, ModelFile> = {};
  for (const [name, values] of Object.entries(state ?? {})) {
    const size = values.length;
    const tensors = [{ name: 'state', shape: [size], offset: 0, size, trainable: false }];
    const path = paths.statePath(round, `aggregator.${name}`);
    written[name] = await writeModel(scratch, path, { tensors, size }, {}, [values]);
  }
  return written;
}
