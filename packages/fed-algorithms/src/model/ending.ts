import { createLayer, type Model, type ModelLayer } from './definition.js';
import { layerTypes, type ActivationName, type LayerName } from './layers.js';

/** Layers that are the output's activation if they come last. */
const layerOf: Readonly<Partial<Record<ActivationName, LayerName>>> = {
  identity: 'Identity',
  sigmoid: 'Sigmoid',
  softmax: 'Softmax',
  softmin: 'Softmin',
  log_softmax: 'LogSoftmax',
};

/** The activation of a model's output: `softmax` for a last layer with that activation, and for a last layer `Softmax`. */
export function endingOf(model: Model): ActivationName {
  const last = model.at(-1);
  return (last && layerEnding(last)) ?? last?.activation ?? 'identity';
}

/** The same model with a last layer such as `Softmax` written as that activation. Layers keep their indices. */
export function foldEnding(model: Model): Model {
  const last = model.at(-1);
  const activation = last && layerEnding(last);
  if (activation === undefined) return model;
  const identity = { ...last!, l_type: 'Identity', structure: {}, activation };
  return [...model.slice(0, -1), createLayer(identity, layerTypes.Identity)];
}

/** The model with another activation of its output, written as the model writes it: as a layer or as an activation. */
export function withEnding(model: Model, activation: ActivationName): Model {
  const last = model.at(-1);
  if (last === undefined || endingOf(model) === activation) return model;
  const l_type = layerOf[activation];
  const structure = l_type === 'Identity' || l_type === 'Sigmoid' ? {} : { dim: 1 };
  const ending =
    layerEnding(last) !== undefined && l_type !== undefined
      ? createLayer({ ...last, l_type, structure }, layerTypes[l_type])
      : createLayer({ ...last, activation }, last.type);
  return [...model.slice(0, -1), ending];
}

/** Undefined if the layer is not an activation, or has another on top. */
function layerEnding({ l_type, activation, structure }: ModelLayer): ActivationName | undefined {
  if (activation !== 'identity' || l_type === 'Identity') return undefined;
  const dim = structure['dim'] ?? 1;
  if (dim !== 1 && dim !== -1) return undefined;
  return (Object.keys(layerOf) as ActivationName[]).find((name) => layerOf[name] === l_type);
}
