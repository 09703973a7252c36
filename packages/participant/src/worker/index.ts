export { TaskThread, type TaskThreadOptions } from '../thread/task-thread.js';
export { hardwareOf, limitTensorFlow } from './machine.js';
export { ParticipantWorker, type ParticipantWorkerOptions } from './worker.js';
