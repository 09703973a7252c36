export { appCommand, appOption, atLeast, parseAppOptions, portNumber, repeatable } from './options.js';
export { runApp, type RunningApp } from './run.js';
