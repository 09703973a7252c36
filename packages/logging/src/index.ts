export { Identities, type IdentitiesSettings, type IdentityKind } from './censor/identities.js';
export { currentLogContext, withLogContext, type LogContext } from './context.js';
export { componentLogger, createLogger, type Logger, type LoggerOptions } from './logger.js';
export {
  startLogging,
  threadLogger,
  type GraylogOptions,
  type Logging,
  type LoggingOptions,
  type ThreadLogging,
} from './logging.js';
export type { Figure } from './system/figure.js';
export {
  startSystemMetrics,
  type SystemMetrics,
  type SystemMetricsOptions,
} from './system/system-metrics.js';
