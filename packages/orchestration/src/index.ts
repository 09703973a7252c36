export * from './alignment/common-space.js';
export {
  startDataPlaneThread,
  type DataPlaneThread,
  type DataPlaneThreadOptions,
} from './data-plane/data-plane-thread.js';
export { hostDataPlane, type HostedDataPlane } from './data-plane/host-data-plane.js';
export type { DataPlanePort } from './data-plane/port.js';
export * from './errors.js';
export { createGridEligibility, type GridEligibilityOptions } from './grid/grid-eligibility.js';
export { startGridThread, type GridThread, type GridThreadOptions } from './grid/grid-thread.js';
export { hostGrid, type Grid } from './grid/host-grid.js';
export { laneOf } from './grid/job-lane.js';
export { createPresenceBoard, type GridPresence, type PresenceBoard } from './grid/presence-board.js';
export type { GridFacts, GridState } from './grid/protocol.js';
export { requireGrid } from './grid/require-grid.js';
export { handlersSentHome } from './grid/sent-home.js';
export * from './job-handlers.js';
export * from './job-kinds.js';
export * from './job-payloads.js';
export { silentLogger, type Logger } from './logger.js';
export { metricsOf } from './optimization/trial-metric.js';
export type { TrialFields } from './optimization/trial-records.js';
export { createOptimizer, OPTIMIZE, type OptimizerOptions } from './phases/optimize.js';
export * from './ports.js';
export { Folding } from './round/folding.js';
export { Staging, type StagedUpdate } from './round/staging.js';
export * from './run-checks.js';
export { trackOptimizations } from './tracking/track-optimizations.js';
export { trackTrainings, type TrackOptions } from './tracking/track-trainings.js';
