import type { Columns } from '../engine.js';
import type { KernelBackend, Tensor, Tfjs } from './backend.js';
import { SUMMED, type BlockKernels } from './block-kernels.js';
import { medianShader, squaredDistancesShader, sumAroundShader, sumOfRanksShader } from './shaders.js';

/** What is used of `@tensorflow/tfjs-backend-webgpu`. */
export interface WebGpuBackendModule {
  readonly WebGPUBackend: new (device: unknown, info: unknown) => WebGpuBackend;
  readonly webgpu_util: {
    flatDispatchLayout(shape: number[]): unknown;
    computeDispatch(layout: unknown, shape: number[], workgroupSize: number[]): unknown;
  };
}
export interface WebGpuBackend extends KernelBackend {
  runWebGPUProgram(program: object, inputs: readonly Tensor[], type: 'float32'): TensorInfo;
}
type TensorInfo = Parameters<ReturnType<Tfjs['engine']>['makeTensorFromTensorInfo']>[0];

const WORKGROUP = [64, 1, 1];
/** Of more columns than this a shader's values do not fit registers, and it takes long to compile. */
const MOST_COLUMNS = 64;

/** By one shader for each kernel, which reads each value once; above `MOST_COLUMNS` by operations, as `others` do. */
export function createShaderKernels(
  tf: Tfjs,
  { webgpu_util: util }: WebGpuBackendModule,
  others: BlockKernels,
): BlockKernels {
  const run = (name: string, shape: number[], inputs: Readonly<Record<string, Tensor>>, body: string) => {
    const dispatchLayout = util.flatDispatchLayout(shape);
    const program = {
      // By it compiled shaders are found again.
      shaderKey: `synergos ${name}`,
      outputShape: shape,
      variableNames: Object.keys(inputs),
      workgroupSize: WORKGROUP,
      size: true,
      dispatchLayout,
      dispatch: util.computeDispatch(dispatchLayout, shape, WORKGROUP),
      getUserCode: () => `fn main(index : i32) {
  if (index >= uniforms.size) { return; }
  ${body}
}`,
    };
    const backend = tf.backend() as WebGpuBackend;
    const info = backend.runWebGPUProgram(program, Object.values(inputs), 'float32');
    return tf.engine().makeTensorFromTensorInfo(info);
  };
  const together = (columns: Columns) => tf.tensor2d(joined(columns), [columns.length, columns[0]!.length]);

  return {
    median(columns) {
      const { length: count } = columns;
      if (count > MOST_COLUMNS) return others.median(columns);
      return run(`median ${count}`, [columns[0]!.length], { x: together(columns) }, medianShader(count));
    },

    sumOfRanks(columns, from, to) {
      const { length: count } = columns;
      if (count > MOST_COLUMNS) return others.sumOfRanks(columns, from, to);
      const body = sumOfRanksShader(count, from, to);
      return run(`ranks ${count} ${from} ${to}`, [columns[0]!.length], { x: together(columns) }, body);
    },

    sumAround(columns, center, keep) {
      const { length: count } = columns;
      if (count > MOST_COLUMNS) return others.sumAround(columns, center, keep);
      const inputs = { x: together(columns), ...(center === null ? {} : { c: tf.tensor1d(center) }) };
      const body = sumAroundShader(count, keep, center !== null);
      return run(`around ${count} ${keep} ${center !== null}`, [columns[0]!.length], inputs, body);
    },

    squaredDistances(columns) {
      const { length: count } = columns;
      const shape = [(count * (count - 1)) / 2, columns[0]!.length / SUMMED];
      return run('distances', shape, { x: together(columns) }, squaredDistancesShader());
    },
  };
}

/** One after the other, as one buffer of the device takes them. */
function joined(columns: Columns): Float32Array {
  const { length } = columns[0]!;
  const values = new Float32Array(columns.length * length);
  columns.forEach((column, k) => values.set(column, k * length));
  return values;
}
