export { appCommand, appOption, atLeast, parseAppOptions, portNumber, repeatable } from './options.js';
export { addQueueOptions, queueExample, readQueueOptions, type QueueChoices } from './queue-options.js';
export { runApp, type RunningApp } from './run.js';
