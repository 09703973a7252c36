export * from './aggregate.js';
export * from './aggregate-updates.js';
export * from './aggregator.js';
export { aggregatorType, type AggregatorType } from './aggregators/aggregator-type.js';
export { checkModelPrivacy } from './aggregators/check-privacy.js';
export { toleranceOf } from './aggregators/check-aggregator.js';
export { createCollecting, type CollectingRule } from './aggregators/collecting.js';
export { createColumnwise, type ColumnRule } from './aggregators/columnwise.js';
export { aggregators, type AggregatorName } from './aggregators/index.js';
export { createMean } from './aggregators/mean.js';
export * from './algorithm.js';
export type * from './client-side.js';
export type * from './exchange.js';
export type * from './server-side.js';
export * from './algorithms/index.js';
export { runArgumentsSchema, type RunArguments } from './arguments.js';
export type { Catalogue } from './catalogue.js';
export type { Component } from './component.js';
export { builtInComponents, type Components, type PluginComponents } from './components.js';
export {
  criterionType,
  type Action,
  type CriterionContext,
  type CriterionType,
  type OutputKind,
  type SampleCriterion,
} from './criteria/criterion-type.js';
export type { SampleLoss, ValueLoss } from './criteria/sample-loss.js';
export { overScores, overValues } from './criteria/over-units.js';
export * from './cohort.js';
export * from './compression/index.js';
export * from './describe-algorithms.js';
export { createEngine, engineNames, type EngineName } from './engines/create-engine.js';
export type { Accumulator, ColumnKernels, Columns, Done, Engine, Reserved } from './engines/engine.js';
export * from './engines/load-engine.js';
export {
  allocateKernelMemory,
  instantiateKernel,
  type Kernel,
  type KernelMemory,
} from './engines/simd/kernel.js';
export { createSimdEngine } from './engines/simd/simd-engine.js';
export { registerTensorFlow } from './engines/tfjs/register-tensorflow.js';
export * from './errors.js';
export * from './issues.js';
export { capabilitiesOf, lackingFor } from './capabilities.js';
export { createBoundedSum, type BoundedSum, type BoundedSumOptions } from './fixed-point/bounded-sum.js';
export type { Bounds } from './fixed-point/bounds.js';
export {
  discretise,
  stochastically,
  toNearest,
  undiscretise,
  type Rounding,
} from './fixed-point/discretise.js';
export { modularClip } from './fixed-point/modular-clip.js';
export { federate, type Device, type FederatedRound, type FederationOptions } from './harness/federation.js';
export {
  assignClusters,
  federateKMeans,
  moveCentroids,
  sumClusters,
  type Clusters,
  type ClusterSums,
  type KMeansOptions,
  type KMeansRound,
} from './harness/k-means.js';
export * from './model/index.js';
export { checkConformance } from './conformance.js';
export * from './plugin.js';
export * from './plugins.js';
export * from './registry.js';
export * from './run-arguments.js';
export { aggregatorOf, stateNames, stepServer, shareOf, weightOf } from './server-step.js';
export { createEarlyStopping } from './training/early-stopping.js';
export { Diverged, NoSamples } from './training/errors.js';
export type * from './training/local-model.js';
export { createOptimizer } from './training/create-optimizer.js';
export {
  optimizerType,
  type Optimizer,
  type OptimizerSettings,
  type OptimizerType,
} from './training/optimizers/optimizer-type.js';
export { createBatches, type Samples } from './training/samples.js';
export { createScheduler } from './training/create-scheduler.js';
export {
  schedulerType,
  type Schedule,
  type Scheduler,
  type SchedulerType,
} from './training/schedulers/scheduler-type.js';
export {
  carriesState,
  ownModel,
  trainClient,
  type ClientResult,
  type ClientTraining,
} from './training/train-client.js';
export { createLocalTrainer } from './training/local-trainer.js';
export type * from './training/trainer.js';
export { trainLocally, type LocalResult, type LocalTraining } from './training/train-locally.js';
export { zerosLike, type Vector, type Vectors } from './vector.js';
