import { AlgorithmsError } from '../errors.js';
import { createEngine, engineNames as built } from './create-engine.js';
import type { DeviceChoice, EngineOnDevice } from './device.js';
import { loadTensorFlow } from './tensorflow.js';
import { loadWebGpu } from './webgpu.js';

/** Engines that need additional packages. The first one that has a GPU is used. */
const optional = { tensorflow: loadTensorFlow, webgpu: loadWebGpu } as const;
export const loadableEngines = [...built, 'tensorflow', 'webgpu'] as const;
export type LoadableEngine = (typeof loadableEngines)[number];

export interface EngineChoice {
  readonly name?: LoadableEngine | undefined;
  /** How many GPUs may be used: 0 never touches one; more than one is as good as one. Default: those that `name` finds. */
  readonly gpus?: number | undefined;
  /** CPU cores that kernels may use. Default: all. Results do not depend on it. */
  readonly cpus?: number | undefined;
}

export interface LoadedEngine extends EngineOnDevice {
  /** Why there is no GPU although one was asked for. */
  readonly withoutGpu?: string;
}

/**
 * The engine that is asked for by name; else, with `gpus` ≥ 1, one that computes on a GPU where there is one; else the fastest
 * that every machine has. Throws `AlgorithmsError` (`engine_missing`) if the one named does not run as asked for.
 */
export async function loadEngine({ name, gpus, cpus }: EngineChoice = {}): Promise<LoadedEngine> {
  const options = cpus === undefined ? {} : { threads: cpus };
  if (name === 'tensorflow' || name === 'webgpu') return naming(name, optional[name](deviceFor(gpus)));
  if (name !== undefined || gpus === undefined || gpus === 0)
    return { engine: createEngine(name, options), gpu: false };
  const reasons: string[] = [];
  for (const [each, load] of Object.entries(optional))
    try {
      return await naming(each, load('gpu'));
    } catch (error) {
      if (!(error instanceof AlgorithmsError)) throw error;
      reasons.push(error.message);
    }
  return { engine: createEngine(undefined, options), gpu: false, withoutGpu: reasons.join('; ') };
}

function deviceFor(gpus: number | undefined): DeviceChoice {
  if (gpus === undefined) return 'any';
  return gpus === 0 ? 'cpu' : 'gpu';
}

/** Errors say which engine they are about. */
async function naming(name: string, loading: Promise<EngineOnDevice>): Promise<EngineOnDevice> {
  try {
    return await loading;
  } catch (error) {
    if (!(error instanceof AlgorithmsError)) throw error;
    throw new AlgorithmsError(error.code, `engine '${name}': ${error.message}`, { cause: error });
  }
}
