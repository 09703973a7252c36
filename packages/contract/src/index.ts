export { fileNameSchema, idSchema } from './ids.js';
export * from './space.js';
