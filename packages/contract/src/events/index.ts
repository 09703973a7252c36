export type { EventKind, EventLevel } from './event-kind.js';
export * from './job-events.js';
export { misfitCountsSchema, type MisfitCounts } from './project-events.js';
export { trialEvents } from './trial-events.js';
