import type { ScratchStore } from '@synergos/artifacts';
import type { TensorsRef, TensorsSource } from '@synergos/rpc-core';
import type { Checkpoint } from '../checkpoints/checkpoint.js';
import type { ModelFile } from '../checkpoints/global-model.js';
import type { Dependencies } from '../dependencies.js';
import type { RunDefinition } from '../project/run-definition.js';

/** A checkpoint's file as the data plane publishes it. */
export function published(
  { scratch }: { readonly scratch: ScratchStore },
  { path, ...ref }: ModelFile,
): TensorsSource {
  return { path: scratch.localFile(path), ref };
}

/** Publishes the global model and the vectors that the algorithm sends with it. */
export async function publishFor(
  { dataPlane, ...dependencies }: Dependencies,
  { algorithm }: RunDefinition,
  { model, state }: Pick<Checkpoint, 'model' | 'state'>,
): Promise<Readonly<Record<string, TensorsRef>> & { readonly global: TensorsRef }> {
  const tensors: Record<string, TensorsRef> = {};
  for (const name of algorithm.server?.sends ?? []) {
    const file = state[name];
    if (file !== undefined) tensors[name] = await dataPlane.publish(published(dependencies, file));
  }
  return { ...tensors, global: await dataPlane.publish(published(dependencies, model)) };
}

export function withdraw({ dataPlane }: Dependencies, tensors: Readonly<Record<string, TensorsRef>>): void {
  for (const { sha256 } of Object.values(tensors)) dataPlane.withdraw(sha256);
}
