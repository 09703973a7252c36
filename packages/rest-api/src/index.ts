export type { Auth } from './auth.js';
export { ApiError } from './errors.js';
export { createMetrics, type Metrics, type MetricsSources } from './metrics.js';
export type { ParticipantAccess } from './resources/participants.js';
export { createRestApi, type RestApiOptions } from './rest-api.js';
export { RestPortInUse, serve, type RestServer, type ServerOptions } from './server.js';
export { createHealthApi } from './health.js';
