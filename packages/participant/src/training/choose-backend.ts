import type { Logger } from '@synergos/contract';
import { loadEngine } from '@synergos/fed-algorithms';
import type { BackendName } from '@synergos/networks';

/** The backends that a worker offers. */
export type WorkerBackend = Extract<BackendName, 'wasm' | 'tensorflow'>;

export interface BackendChoice {
  /** @defaultValue `tensorflow` if `gpus` is at least 1 and a GPU is usable, else `wasm` */
  readonly backend: WorkerBackend | undefined;
  readonly gpus: number | undefined;
}

/** Chooses the backend that trains. Logs a warning if a wish for a GPU has no effect. */
export async function chooseBackend(
  { backend, gpus }: BackendChoice,
  logger: Pick<Logger, 'warn'>,
): Promise<WorkerBackend> {
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
