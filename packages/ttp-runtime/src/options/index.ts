export {
  addAccessOptions,
  hostsOf,
  readAccessOptions,
  warnOfAccess,
  type AccessChoices,
} from './access-options.js';
export { readAuth } from './admin-auth.js';
export { addEngineOptions, openEngine, type EngineChoices } from './engine-options.js';
export {
  addQueueOptions,
  queueExample,
  queueOption,
  readQueueOptions,
  type QueueChoices,
} from './queue-options.js';
export { createReadiness } from './readiness.js';
export {
  allowedServers,
  mlflowDirOption,
  mlflowHostOption,
  openTracking,
  type TrackingChoices,
} from './tracking-options.js';
export {
  addGridOptions,
  addNodeOptions,
  locationOf,
  parseNodeOptions,
  type NodeHelp,
  type NodeOptions,
} from './node-options.js';
export { serverOptions, startNode, type StartedNode } from './start-node.js';
