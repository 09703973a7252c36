import { cpus, totalmem } from 'node:os';

/** Describes this machine for the TTP; `cores` limits the reported number. */
export function hardwareOf(cores: number | undefined): Readonly<Record<string, string | number>> {
  return {
    cpus: Math.min(cores ?? Infinity, cpus().length),
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryBytes: totalmem(),
  };
}

/** Limits TensorFlow through the environment of the process. Call it before TensorFlow loads, in the main thread. */
export function limitTensorFlow({
  cpus: cores,
  gpus,
}: {
  readonly cpus: number | undefined;
  readonly gpus: number | undefined;
}): void {
  if (cores !== undefined)
    for (const name of ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS', 'OMP_NUM_THREADS'])
      process.env[name] = String(cores);
  if (gpus === 0) process.env.CUDA_VISIBLE_DEVICES = '-1';
}
