export { adaptModel, type Alignment } from './adapt.js';
export {
  inferShapes,
  modelSchema,
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
export type { Initialisation, LayerType, ParameterSpec, Shape } from './layers/layer-type.js';
export { convolutionPadding } from './layers/convolution.js';
export { paddingPairs } from './layers/sizes.js';
export { createManifest, modelParameters, type Manifest, type TensorSpec } from './manifest.js';
export {
  partitionOf,
  squaredNormOf,
  trainedSize,
  type Part,
  type Partition,
  type Range,
} from './partition.js';
export { createRandom, deriveSeed, type Random } from './random.js';
export {
  checkCriterion,
  defaultCriterion,
  criterionArguments,
  outputKind,
  type Action,
  type CriterionArguments,
  type CriterionName,
  type OutputKind,
} from './criteria.js';
