import { expect, it } from 'vitest';
import { jobQueueName } from './job-queue-name.js';

it('returns a different name for each key, within the limit of RabbitMQ', () => {
  const names = [['c', 'p'], ['c/p'], ['c', 'p', 'x'], ['ä'.repeat(200), 'p'], ['ä'.repeat(200), 'q']].map(
    (scope) => jobQueueName({ priority: 'train', scope }),
  );
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(160);
  expect(names[0]).toBe('train/c/p');
});
