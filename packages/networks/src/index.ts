export { compileEnsemble, type Predictor } from './ensemble.js';
export { startBackend, type BackendName } from './backend.js';
export * from './errors.js';
export type { LayerFunction, LayerGradients, LayerResult, LayerStep } from './layers/layer-function.js';
export { compileNetwork, type Network, type NetworkOptions } from './network.js';
