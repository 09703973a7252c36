export { startBackend, type BackendName } from './backend.js';
export { ClassWithoutUnit, Diverged, NoSamples } from './errors.js';
export { compileNetwork, type Network, type NetworkOptions } from './network.js';
export type { Samples } from './samples.js';
export { trainLocally, type LocalResult, type LocalTraining } from './train-locally.js';
