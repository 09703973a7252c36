import type { Manifest } from '../model/index.js';
import type { Vector } from '../vector.js';

export interface PruningOptions {
  readonly manifest: Manifest;
  /** Squared gradient of each weight. */
  readonly importance: Vector;
  /** Seconds that a layer takes with all its weights. */
  readonly layerSeconds: (layer: number) => number;
  /** Seconds of a step that no pruning saves. */
  readonly constantSeconds: number;
}

/**
 * Which weights to mask: 1 for those, else 0. Biases, norms and buffers stay. Of the others, in descending order of
 * importance by time, each is kept while that is at least γ = (importance kept) / (constant + time kept).
 * The greedy choice of PruneFL (Jiang et al. 2022, Algorithm 1), which maximises γ.
 */
export function choosePruning({
  manifest,
  importance,
  layerSeconds,
  constantSeconds,
}: PruningOptions): Float32Array {
  const masked = new Float32Array(manifest.size);
  const secondsPerWeight = new Float64Array(manifest.size);
  const prunable: number[] = [];
  let keptImportance = 0;
  let keptSeconds = constantSeconds;
  const weightsOf = new Map<number, number>();
  const layerOf = (name: string) => Number.parseInt(name, 10);
  for (const { name, size } of manifest.tensors)
    weightsOf.set(layerOf(name), (weightsOf.get(layerOf(name)) ?? 0) + size);
  for (const { name, shape, offset, size, trainable } of manifest.tensors) {
    const layer = layerOf(name);
    const seconds = layerSeconds(layer) / (weightsOf.get(layer) ?? 1);
    for (let i = offset; i < offset + size; i++) {
      secondsPerWeight[i] = seconds;
      if (trainable && shape.length > 1) prunable.push(i);
      else {
        keptImportance += importance[i]!;
        keptSeconds += seconds;
      }
    }
  }
  const worth = (i: number) => importance[i]! / Math.max(secondsPerWeight[i]!, Number.MIN_VALUE);
  prunable.sort((a, b) => worth(b) - worth(a) || a - b);
  const end = prunable.findIndex((i) => {
    if (worth(i) < keptImportance / keptSeconds) return true;
    keptImportance += importance[i]!;
    keptSeconds += secondsPerWeight[i]!;
    return false;
  });
  if (end >= 0) for (const i of prunable.slice(end)) masked[i] = 1;
  return masked;
}
