export { Datasets, type DatasetsOptions } from './datasets/datasets.js';
export * from './errors.js';
export { createTaskHandlers, type TaskHandlersOptions } from './tasks/task-handlers.js';
export type { TaskKind } from './tasks/task-kinds.js';
export { hostTasks } from './thread/host-tasks.js';
export type { TaskHost } from './thread/protocol.js';
export { chooseBackend, type BackendChoice } from './training/choose-backend.js';
