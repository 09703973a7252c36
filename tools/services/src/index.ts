export { findRabbitmq, PrivateRabbitmq, type RabbitmqPrograms } from './private-rabbitmq.js';
export { freePort, listens } from './ports.js';
