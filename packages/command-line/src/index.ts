export { makeFolder, probe } from './folders.js';
export {
  askingInContext,
  concealingParticipants,
  inTaskContext,
  withJobContext,
  withTaskContext,
} from './log-context.js';
export {
  addLoggingOptions,
  loggingExample,
  readLoggingOptions,
  type LoggingChoices,
} from './logging-options.js';
export { startLogs } from './logs.js';
export {
  appCommand,
  appOption,
  atLeast,
  overwriteOption,
  parseAppOptions,
  portNumber,
  repeatable,
} from './options.js';
export { addResourceOptions } from './resource-options.js';
export { runApp, type RunningApp } from './run.js';
export { softwareTags } from './software.js';
export { readPem, readTls } from './tls.js';
/** The type of `appCommand`, for apps that do not import commander themselves. */
export type { Command } from 'commander';
