export { idSchema } from './ids.js';
