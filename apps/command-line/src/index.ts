export {
  addAccessOptions,
  hostsOf,
  readAccessOptions,
  warnOfAccess,
  type AccessChoices,
} from './access-options.js';
export { readAuth } from './admin-auth.js';
export {
  appCommand,
  appOption,
  atLeast,
  overwriteOption,
  parseAppOptions,
  portNumber,
  repeatable,
} from './options.js';
export { addEngineOptions, addResourceOptions, openEngine, type EngineChoices } from './engine-options.js';
export {
  addLoggingOptions,
  loggingExample,
  readLoggingOptions,
  type LoggingChoices,
} from './logging-options.js';
export {
  askingInContext,
  concealingParticipants,
  inJobContext,
  inTaskContext,
  withJobContext,
  withTaskContext,
} from './log-context.js';
export { makeFolder } from './folders.js';
export { createReadiness } from './readiness.js';
export { startLogs } from './logs.js';
export {
  addQueueOptions,
  queueExample,
  queueOption,
  readQueueOptions,
  type QueueChoices,
} from './queue-options.js';
export { runApp, type RunningApp } from './run.js';
export {
  allowedServers,
  mlflowDirOption,
  mlflowHostOption,
  openTracking,
  type TrackingChoices,
} from './tracking.js';
export { readPem, readTls } from './tls.js';
