export { metricsOf } from './metrics.js';
export * from './names.js';
export * from './optimize-job.js';
export type { Progress, Scheduler, Step } from './scheduler.js';
export type { Searcher, Study } from './searcher.js';
export { searchSpaceSchema, type Parameter, type Point, type SearchSpace } from './space/parameters.js';
export * from './trial.js';
export * from './trial-history.js';
export { extremesOf } from './space/extremes.js';
