import { expect, it } from 'vitest';
import { parseOptions } from './options.js';

const parse = (...argv: readonly string[]) => parseOptions(['--id', 'a', '--ttp', 'http://h:8020', ...argv]);

it('takes cores and GPUs by number', () => {
  expect(parse('--cpus', '2', '--gpus', '0')).toMatchObject({ cpus: 2, gpus: 0 });
});
