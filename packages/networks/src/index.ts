export { compileEnsemble, type Predictor } from './ensemble.js';
export { startBackend, type BackendName } from './backend.js';
export * from './errors.js';
export { compileNetwork, type Network, type NetworkOptions } from './network.js';
