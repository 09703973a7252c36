import { expect, it } from 'vitest';
import { createLogger } from '@synergos/logging';
import { loadableEngines } from '@synergos/fed-algorithms';
import { addEngineOptions, engineChoices, openEngine } from './engine-options.js';
import { appCommand, atLeast, parseAppOptions } from '@synergos/command-line';

const parse = (...argv: readonly string[]) =>
  parseAppOptions(addEngineOptions(appCommand('app', 'An app.', [])), argv);

it('all engines can be chosen', () => expect([...engineChoices].sort()).toEqual([...loadableEngines].sort()));

it('none has a default', () => expect(parse()).toEqual({}));

it('engines go by name, GPUs by number', () => {
  expect(parse('--engine', 'webgpu', '--gpus', '2')).toEqual({ engine: 'webgpu', gpus: 2 });
});

it('cores go by number, of which there is one at least', () => {
  expect(parse('--cpus', '2')).toEqual({ cpus: 2 });
  expect(() => atLeast(1)('0')).toThrow('whole number from 1');
});

it('the engine that is opened is the one named', async () => {
  const logger = createLogger({ node: 'ttp', role: 'ttp', level: 'silent' });
  expect((await openEngine({ engine: 'plain', gpus: undefined, cpus: undefined }, logger)).name).toBe(
    'plain',
  );
  const engine = await openEngine({ engine: undefined, gpus: 0, cpus: 1 }, logger);
  expect(engine.name).toBe('simd');
  // On one core, its kernels over columns run in the thread of the caller: one block at a time.
  expect(engine.columns.concurrency).toBe(1);
});
