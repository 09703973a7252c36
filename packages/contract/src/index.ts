export * from './bounded-json.js';
export { fileNameSchema, idSchema } from './ids.js';
export * from './space.js';
export { explainIssues, shorten } from './shorten.js';
