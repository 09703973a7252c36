import type { Model } from './definition.js';
import { findLayerType } from './layers.js';
import type { ParameterSpec } from './layers/layer-type.js';

/** Where each tensor of a model lies in its flat float32 vector. */
export interface Manifest {
  readonly tensors: readonly TensorSpec[];
  /** Total number of float32 values. */
  readonly size: number;
}

export interface TensorSpec {
  /** `<layer index>.<parameter>`, as in the state dict of a torch `ModuleList`. */
  readonly name: string;
  /** PyTorch layout: Linear [out, in], Conv2d [out, in, kH, kW]. */
  readonly shape: readonly number[];
  /** First position in the flat vector. */
  readonly offset: number;
  readonly size: number;
  /** False for buffers such as a batch norm's running mean: averaged, not trained. */
  readonly trainable: boolean;
  /** Values that cannot be negative, such as a running variance. */
  readonly nonNegative?: true;
  /** Belongs to a batch norm. */
  readonly batchNorm?: true;
}

/** Names, shapes and places of a model's tensors: those of the state dict of a torch `ModuleList`, in its order. */
export function createManifest(model: Model): Manifest {
  let offset = 0;
  const tensors = modelParameters(model).map((parameter): TensorSpec => {
    const { name, shape, trainable, nonNegative, batchNorm } = parameter;
    const size = shape.reduce((product, length) => product * length, 1);
    const kind = { ...(nonNegative && { nonNegative }), ...(batchNorm && { batchNorm }) };
    const spec = { name, shape, offset, size, trainable, ...kind };
    offset += size;
    return spec;
  });
  return { tensors, size: offset };
}

/** Every parameter of the model with its name in the manifest, in the manifest's order. */
export function modelParameters(model: Model): ParameterSpec[] {
  return model.flatMap(({ l_type, structure }, index) =>
    (findLayerType(l_type)?.parameters?.(structure) ?? []).map((parameter) => ({
      ...parameter,
      name: `${index}.${parameter.name}`,
    })),
  );
}
