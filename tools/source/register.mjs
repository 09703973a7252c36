// Lets Node.js run TypeScript sources: `node --conditions=@synergos/source --import …/register.mjs script.mjs`.
// For the processes and threads that tests of a package start; programs run their build.
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
