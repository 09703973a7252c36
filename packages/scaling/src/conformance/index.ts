export * from './job-leases.js';
export * from './job-queue.js';
export * from './job-store.js';
export * from './scheduler.js';
export * from './searcher.js';
