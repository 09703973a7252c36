export { Datasets, type DatasetsOptions } from './datasets/load.js';
export * from './errors.js';
export { silentLogger, type Logger } from './logger.js';
export * from './metrics/classification.js';
export * from './metrics/curves.js';
export * from './metrics/regression.js';
export { createTaskHandlers, type TaskHandlersOptions, type TaskKind } from './tasks/task-handlers.js';
export { hostTasks } from './thread/host-tasks.js';
export { TaskThread, type TaskThreadOptions } from './thread/task-thread.js';
