import { AlgorithmsError } from '../errors.js';
import type { DeviceChoice, EngineOnDevice } from './device.js';
import { importOptional } from './import-optional.js';
import type { Tfjs } from './tfjs/backend.js';
import { createBlockKernels } from './tfjs/block-kernels.js';
import { createShaderKernels, type WebGpuBackendModule } from './tfjs/shader-kernels.js';
import { createTfjsEngine } from './tfjs/tfjs-engine.js';

/** What is used of the package `webgpu`, which is Dawn. */
interface Dawn {
  create(options: readonly string[]): Gpu;
  /** `GPUBuffer` and the like, which a browser has as globals. */
  readonly globals: object;
}
interface Gpu {
  requestAdapter(options: object): Promise<Adapter | null>;
}
interface Adapter {
  /** A fallback adapter is software. */
  readonly info: { readonly isFallbackAdapter: boolean };
  readonly limits: Readonly<Record<string, number>>;
  requestDevice(options: object): Promise<unknown>;
}

/** Where an adapter has more than WebGPU's default, kernels use it. */
const LIMITS = [
  'maxBufferSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
];

/** What the backend runs on: TensorFlow.js has one backend of a name. Dawn ends with the last reference to its `gpu`. */
let running: { readonly gpu: Gpu; readonly adapter: Adapter } | undefined;

/**
 * TensorFlow.js on WebGPU: `@tensorflow/tfjs-backend-webgpu` over `webgpu` (Dawn), both optional. One device a process.
 * Throws `AlgorithmsError` (`engine_missing`) if they are not installed, or find no adapter as asked for.
 */
export async function loadWebGpu(choice: DeviceChoice): Promise<EngineOnDevice> {
  const dawn = await importOptional<Dawn>('webgpu');
  const tf = await importOptional<Tfjs>('@tensorflow/tfjs-core');
  const backend = await importOptional<WebGpuBackendModule>('@tensorflow/tfjs-backend-webgpu');
  if (dawn === undefined || tf === undefined || backend === undefined)
    throw new AlgorithmsError(
      'engine_missing',
      'WebGPU is not installed: npm install webgpu @tensorflow/tfjs-core @tensorflow/tfjs-backend-webgpu',
    );
  if (running === undefined || !fits(running.adapter, choice)) {
    Object.assign(globalThis, dawn.globals);
    const gpu = running?.gpu ?? dawn.create([]);
    const adapter = await requestAdapter(gpu, choice);
    const requiredLimits = Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]]));
    const device = await adapter.requestDevice({ requiredLimits });
    if (running !== undefined) tf.removeBackend('webgpu');
    tf.registerBackend('webgpu', () =>
      withNavigator(gpu, () => new backend.WebGPUBackend(device, adapter.info)),
    );
    // Small tensors as well: one way of rounding, whatever their size.
    tf.env().set('WEBGPU_CPU_FORWARD', false);
    running = { gpu, adapter };
  }
  const kernels = createShaderKernels(tf, backend, createBlockKernels(tf));
  const engine = createTfjsEngine('webgpu', { tf, name: 'webgpu' }, kernels);
  return { engine, gpu: !running.adapter.info.isFallbackAdapter };
}

async function requestAdapter(from: Gpu, choice: DeviceChoice): Promise<Adapter> {
  const adapter = await from.requestAdapter({
    powerPreference: 'high-performance',
    forceFallbackAdapter: choice === 'cpu',
  });
  if (adapter !== null && fits(adapter, choice)) return adapter;
  const wanted = { any: 'adapter', cpu: 'adapter without a GPU', gpu: 'GPU' }[choice];
  throw new AlgorithmsError(
    'engine_missing',
    `WebGPU finds no ${wanted}: install a Vulkan driver and its loader (libvulkan1)`,
  );
}

function fits({ info }: Adapter, choice: DeviceChoice): boolean {
  return choice === 'any' || info.isFallbackAdapter === (choice === 'cpu');
}

/** The backend's constructor asks `navigator`, which other code takes for the sign of a browser: so only meanwhile. */
function withNavigator<Result>(gpu: Gpu, work: () => Result): Result {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  try {
    return work();
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, 'navigator');
    else Object.defineProperty(globalThis, 'navigator', before);
  }
}
