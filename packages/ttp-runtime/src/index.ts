export { announcePresence } from './cluster/announce-presence.js';
export { namespaceOf } from './cluster/namespace-of.js';
export { createGridEligibility, type GridEligibilityOptions } from './cluster/grid-eligibility.js';
export { queueOf } from './cluster/job-routing.js';
export {
  createPresenceRegistry,
  type GridPresence,
  type PresenceRegistry,
} from './cluster/presence-registry.js';
export { requireGrid } from './cluster/require-grid.js';
export { deliveringRecords } from './cluster/result-delivery.js';
export { openOrClose, type Closing } from './resources/closing.js';
export { openResources, type OpenResourcesOptions, type Resources } from './resources/open-resources.js';
export { createParticipantAccess } from './resources/participant-access.js';
export { startDataPlaneThread, type DataPlaneThread } from './threads/data-plane/data-plane-thread.js';
export { hostDataPlane, type HostedDataPlane } from './threads/data-plane/host-data-plane.js';
export { startGridThread, type GridThread } from './threads/grid/grid-thread.js';
export { hostGrid, type Grid } from './threads/grid/host-grid.js';
export type { GridFacts, GridState } from './threads/grid/protocol.js';
export type { GridOptions, GridSettings } from './threads/settings.js';
export { startGrid } from './threads/start-grid.js';
export type { ThreadOptions } from './threads/thread.js';
export { createUploadSlots, type UploadSlotsOptions } from './uploads/upload-slots.js';
