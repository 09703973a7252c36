import { createEngine } from '../create-engine.js';
import type { Engine } from '../engine.js';
import type { TfjsBackend } from './backend.js';
import { createBlockKernels, type BlockKernels } from './block-kernels.js';
import { createTfjsColumns } from './columns.js';

/** Sums are folded on the host: each value of an update would cross to the device for one multiplication. */
export function createTfjsEngine(
  name: string,
  backend: TfjsBackend,
  device: BlockKernels = createBlockKernels(backend.tf),
): Engine {
  const host = createEngine();
  return { ...host, name, columns: createTfjsColumns(backend, device, host.columns) };
}
