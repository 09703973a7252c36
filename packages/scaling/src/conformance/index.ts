export * from './job-leases.js';
export * from './job-queue.js';
export * from './job-store.js';
