import { digestOf, type ScratchStore } from '@synergos/artifacts';
import {
  stepServer,
  type Algorithm,
  type Engine,
  type Manifest,
  type RunArguments,
} from '@synergos/fed-algorithms';
import { nonFiniteIn } from '@synergos/fed-algorithms/non-finite';
import { encodeSafetensorsHeader } from '@synergos/rpc-core';
import { Diverged } from '../errors.js';
import { BLOCK_VALUES, blocksOf } from '../updates/blocks.js';
import type { Checkpoint, Checkpoints } from '../checkpoints/checkpoint.js';
import type { Aggregated } from './round.js';
import { openVector, writeModel, type ModelFile, type VectorReader } from '../checkpoints/global-model.js';
import { bytesOf } from '../updates/staged-update.js';

export interface AdvanceOptions {
  readonly scratch: ScratchStore;
  readonly paths: Pick<Checkpoints, 'modelPath' | 'statePath'>;
  readonly algorithm: Algorithm;
  readonly args: RunArguments;
  readonly engine: Engine;
  readonly manifest: Manifest;
  /** Metadata of the model file. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Number of participants of the run. */
  readonly participants: number;
}

type Advanced = Pick<Checkpoint, 'round' | 'model' | 'state' | 'numbers'>;

/** Takes the server's step from the aggregate of a round to the next global model. Throws `Diverged`. */
export async function advance(
  options: AdvanceOptions,
  current: Advanced,
  aggregated: Aggregated,
): Promise<Advanced> {
  const { scratch, algorithm } = options;
  const names = Object.keys(current.state);
  const readers = new Map<string, VectorReader>();
  try {
    for (const name of names) readers.set(name, await openNeeded(scratch, current.state[name]));
    readers.set('', await openNeeded(scratch, current.model));
    // A step that needs the vectors whole gets them as one block.
    const isWhole = algorithm.server?.step !== undefined && algorithm.server.elementwise !== true;
    return await step(options, current, aggregated, readers, isWhole ? Infinity : BLOCK_VALUES);
  } finally {
    for (const reader of readers.values()) await reader.close();
  }
}

async function step(
  options: AdvanceOptions,
  current: Advanced,
  { aggregate, received, reports }: Aggregated,
  readers: ReadonlyMap<string, VectorReader>,
  blockValues: number,
): Promise<Advanced> {
  const { scratch, paths, algorithm, args, engine, manifest, metadata, participants } = options;
  const round = current.round + 1;
  const names = Object.keys(current.state);
  const header = encodeSafetensorsHeader([{ name: 'state', shape: [manifest.size] }]);
  const writers = new Map(
    await Promise.all(
      names.map(async (name) => [name, await scratch.create(paths.statePath(round, name))] as const),
    ),
  );
  const weights = readers.get('');
  if (weights === undefined) throw new Error('the model was not opened');
  const stepped = async function* () {
    for await (const { block, start } of blocksOf(weights, blockValues)) {
      const state: Record<string, Float32Array> = {};
      for (const name of names) {
        const vector = new Float32Array(block.length);
        await readers.get(name)?.read(start, vector);
        state[name] = vector;
      }
      const piece = (vector: Float32Array) => vector.subarray(start, start + block.length);
      stepServer(algorithm, {
        weights: block,
        offset: start,
        aggregate: piece(aggregate),
        received: Object.fromEntries(Object.entries(received).map(([name, vector]) => [name, piece(vector)])),
        state,
        round,
        reports,
        participants,
        manifest,
        args,
        engine,
      });
      if (nonFiniteIn(block) >= 0) throw new Diverged(round, 'the global model is no longer finite');
      for (const name of names) {
        const bytes = bytesOf(state[name] ?? new Float32Array(0));
        await writers.get(name)?.write(bytes, header.length + start * Float32Array.BYTES_PER_ELEMENT);
      }
      yield block;
    }
  };
  try {
    const model = await writeModel(scratch, paths.modelPath(round), manifest, metadata, stepped());
    const state: Record<string, ModelFile> = {};
    for (const [name, writer] of writers) {
      await writer.write(header, 0);
      await writer.commit();
      state[name] = await described(scratch, paths.statePath(round, name));
    }
    const numbers = algorithm.server?.adapt?.(current.numbers, reports, args) ?? {};
    return { round, model, state, numbers };
  } finally {
    for (const writer of writers.values()) await writer.abort();
  }
}

async function openNeeded(scratch: ScratchStore, file: ModelFile | undefined): Promise<VectorReader> {
  const reader = file && (await openVector(await scratch.open(file.path)));
  if (reader === undefined) throw new Error(`checkpoint file ${file?.path} is gone`);
  return reader;
}

async function described(scratch: ScratchStore, path: string): Promise<ModelFile> {
  const digest = await digestOf(scratch, path);
  if (digest === undefined) throw new Error(`checkpoint file ${path} is gone`);
  return { path, sha256: digest.sha256, sizeBytes: digest.size_bytes };
}
