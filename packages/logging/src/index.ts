export { Identities, type IdentitiesSettings, type IdentityKind } from './censor/identities.js';
export { withLogContext, type LogContext } from './context.js';
export { componentLogger, createLogger, type Logger, type LoggerOptions } from './logger.js';
