export * from './job-queue.js';
export * from './job-store.js';
