import { loadEngine } from '@synergos/fed-algorithms';
import type { Logger } from '@synergos/logging';
import type { WorkerOptions } from '../options.js';

/** What trains: the backend named, or the GPU's with `gpus` ≥ 1, or `wasm` if there is no usable GPU; the log says so. */
export async function chooseBackend(
  { backend, gpus }: Pick<WorkerOptions, 'backend' | 'gpus'>,
  logger: Pick<Logger, 'warn'>,
): Promise<'wasm' | 'tensorflow'> {
  const wantsGpu = gpus !== undefined && gpus > 0;
  if (backend === 'wasm' && wantsGpu)
    logger.warn({ gpus }, '--gpus has no effect with --backend wasm: training runs without a GPU');
  if (backend !== undefined || !wantsGpu) return backend ?? 'wasm';
  try {
    await loadEngine({ name: 'tensorflow', gpus });
    return 'tensorflow';
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    logger.warn({ gpus, reason }, 'no usable GPU: training runs without one');
    return 'wasm';
  }
}
