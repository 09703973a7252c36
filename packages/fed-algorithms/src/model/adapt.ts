import { createLayer, type Model, type ModelLayer } from './definition.js';
import { endingOf, withEnding } from './ending.js';
import type { ActivationName } from './layers.js';

export interface Alignment {
  readonly action: 'regress' | 'classify';
  /** Feature columns of the common space; left out for images, which keep their input. */
  readonly inputs?: number;
  /** Number of classes (classify) or of values (regress) to predict. */
  readonly outputs?: number;
}

/**
 * The model with the input and output sizes that alignment found. Two classes take one sigmoid unit; more take one
 * unit each with softmax; a log_softmax is kept, with one unit a class. Layers without such a size are left alone.
 */
export function adaptModel(model: Model, { action, inputs, outputs }: Alignment): Model {
  const withInput = inputs === undefined ? model : adaptInput(model, inputs);
  return outputs === undefined ? withInput : adaptOutput(withInput, outputs, action);
}

function adaptInput(model: Model, inputs: number): Model {
  const adapted = [...model];
  for (const [index, layer] of model.entries()) {
    adapted[index] = resize(layer, 'input', inputs);
    // Rows of features are flat already.
    if (!layer.type.keepsShape && layer.l_type !== 'Flatten') break;
  }
  return adapted;
}

function adaptOutput(model: Model, outputs: number, action: Alignment['action']): Model {
  const adapted = [...model];
  const ending = endingOf(model);
  const units = outputUnits(ending, outputs, action);
  for (let index = adapted.length - 1; index >= 0; index--) {
    const layer = adapted[index]!;
    if (layer.type.output) {
      adapted[index] = resize(layer, 'output', units);
      return withEnding(adapted, outputActivation(ending, units, action));
    }
    if (!layer.type.keepsShape) break;
    adapted[index] = resize(layer, 'input', units);
  }
  return model;
}

function outputUnits(activation: ActivationName, outputs: number, action: Alignment['action']): number {
  if (action === 'regress' || outputs > 2) return outputs;
  return activation === 'log_softmax' ? 2 : 1;
}

function outputActivation(
  current: ActivationName,
  units: number,
  action: Alignment['action'],
): ActivationName {
  if (action === 'classify') {
    if (units === 1) return 'sigmoid';
    return current === 'log_softmax' ? current : 'softmax';
  }
  // Over one unit these are constant, whatever the features.
  const constant = current === 'softmax' || current === 'log_softmax' || current === 'softmin';
  return constant ? 'identity' : current;
}

function resize(layer: ModelLayer, side: 'input' | 'output', size: number): ModelLayer {
  const field = layer.type[side];
  if (!field) return layer;
  const value = Array.isArray(layer.structure[field]) ? [size] : size;
  return createLayer({ ...layer, structure: { ...layer.structure, [field]: value } }, layer.type);
}
