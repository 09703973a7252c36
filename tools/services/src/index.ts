export { answersAmqp, freePort, listens } from './ports.js';
export { PrivateRabbitmq } from './private-rabbitmq.js';
export { findRabbitmq, type RabbitmqPrograms } from './rabbitmq-process.js';
