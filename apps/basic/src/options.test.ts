import { expect, it } from 'vitest';
import { parseOptions } from './options.js';

const parse = (...argv: readonly string[]) => parseOptions([...argv]);

it('takes cores and GPUs by number', () => {
  expect(parse('--cpus', '2', '--gpus', '0')).toMatchObject({ cpus: 2, gpus: 0 });
});

it('takes --overwrite, off by default', () => {
  expect([parse('--overwrite').overwrite, parse().overwrite]).toEqual([true, false]);
});

it('accepts --queue, which has no effect here', () => {
  expect(parseOptions(['-mq', 'rabbitmq', 'mq', '5672']).queue).toEqual(['rabbitmq', 'mq', '5672']);
  expect(parseOptions([]).queue).toBeUndefined();
});
