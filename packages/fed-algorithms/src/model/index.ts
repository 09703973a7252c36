export { adaptModel, type Alignment } from './adapt.js';
export {
  definitionOf,
  inferShapes,
  modelSchemaOf,
  parseModel,
  type Model,
  type ModelLayer,
  type ModelShapes,
} from './definition.js';
export { endingOf, foldEnding } from './ending.js';
export { ensembleManifest, joinMembers, membersOf, SHARES } from './ensemble.js';
export { drawWeights, initialiseWeights } from './initialise.js';
export { InvalidModel } from './invalid-model.js';
export { activations, layerTypes, type ActivationName, type LayerName, type StructureOf } from './layers.js';
export type { Initialisation, LayerType, NamedLayerType, ParameterSpec, Shape } from './layers/layer-type.js';
export { convolutionPadding } from './layers/convolution.js';
export { paddingPairs } from './layers/sizes.js';
export { createManifest, modelParameters } from './manifest.js';
export type { Manifest, TensorSpec } from './tensors.js';
export {
  partitionOf,
  squaredNormOf,
  trainedSize,
  type Part,
  type Partition,
  type Range,
} from './partition.js';
export { createRandom, deriveSeed, type Random } from './random.js';
export { checkCriterion, defaultCriterion, outputKind, type CriterionCheck } from './check-criterion.js';
