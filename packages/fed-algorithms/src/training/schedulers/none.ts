import { schedulerType } from './scheduler-type.js';

export const none = schedulerType({
  name: 'none',
  summary: 'The learning rate does not change.',
  create: () => ({}),
});
