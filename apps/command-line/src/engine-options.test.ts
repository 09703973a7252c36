import { expect, it } from 'vitest';
import { createLogger } from '@synergos/logging';
import { loadableEngines } from '@synergos/fed-algorithms';
import { addEngineOptions, engineChoices, openEngine } from './engine-options.js';
import { appCommand, parseAppOptions } from './options.js';

const parse = (...argv: readonly string[]) =>
  parseAppOptions(addEngineOptions(appCommand('app', 'An app.', [])), argv);

it('all engines can be chosen', () => expect([...engineChoices].sort()).toEqual([...loadableEngines].sort()));

it('neither has a default', () => expect(parse()).toEqual({}));

it('engines go by name, GPUs by number', () => {
  expect(parse('--engine', 'webgpu', '--gpus', '2')).toEqual({ engine: 'webgpu', gpus: 2 });
});

it('the engine that is opened is the one named', async () => {
  const logger = createLogger({ node: 'ttp', role: 'ttp', level: 'silent' });
  expect((await openEngine({ engine: 'plain', gpus: undefined }, logger)).name).toBe('plain');
  expect((await openEngine({ engine: undefined, gpus: 0 }, logger)).name).toBe('simd');
});
