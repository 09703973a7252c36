export * from './addresses.js';
export * from './bounded-json.js';
export * from './connection-gate.js';
export * from './exhausted.js';
export { FailedLogins } from './failed-logins.js';
export { hostInUrl, hostSchema } from './hosts.js';
export { fileNameSchema, idSchema } from './ids.js';
export * from './space.js';
export { explainIssues, shorten } from './shorten.js';
