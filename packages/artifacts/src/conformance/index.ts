export * from './artifact-store.js';
export { createMemoryArtifactStore } from './memory-artifact-store.js';
