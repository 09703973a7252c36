import type { Model } from './definition.js';
import type { ParameterSpec } from './layers/layer-type.js';
import type { Manifest, TensorSpec } from './tensors.js';

/** Names, shapes and offsets of a model's tensors: those of the state dict of a torch `ModuleList`, in its order. */
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
  return model.flatMap(({ type, structure }, index) =>
    (type.parameters?.(structure) ?? []).map((parameter) => ({
      ...parameter,
      name: `${index}.${parameter.name}`,
    })),
  );
}
