export { fileNameSchema, idSchema } from './ids.js';
