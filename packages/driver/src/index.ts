export type { ConnectionOptions } from './connection.js';
export {
  Driver,
  type AlignmentTarget,
  type DriverOptions,
  type PredictionRequest,
  type PredictionTarget,
  type ValidationTarget,
} from './driver.js';
export { SynergosError, type FieldError } from './errors.js';
export type { AlgorithmIds } from './resources/algorithms.js';
export type { ArtifactsResource } from './resources/artifacts.js';
export type { FollowOptions, JobFilter, JobIds, JobPage, JobsResource } from './resources/jobs.js';
export type { ModelTarget } from './resources/models.js';
export type { OptimizationIds, OptimizationRequest } from './resources/optimizations.js';
export type { CreateOptions, ReadOptions, RecordResource } from './resources/records.js';
export type { Registration, RegistrationDetails, RegistrationFilter } from './resources/registrations.js';
export type { WorkResource } from './resources/work.js';
export type * from './types.js';
