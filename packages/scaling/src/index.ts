export * from './divided-queue.js';
export * from './errors.js';
export * from './in-memory-job-store.js';
export * from './in-process/in-process-queue.js';
export * from './job.js';
export * from './job-over.js';
export { silentLogger, type Logger } from './logger.js';
export * from './queue.js';
export * from './tuner/index.js';
