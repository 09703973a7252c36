import { expect, it } from 'vitest';
import { capabilitiesOf, lackingFor } from './capabilities.js';
import { parseModel } from './model/index.js';
import { createRegistry } from './registry.js';
import { parseRunArguments } from './run-arguments.js';

const registry = createRegistry();
const own = capabilitiesOf(registry);
const run = (
  args: object,
  layer: object = { l_type: 'Linear', structure: { in_features: 1, out_features: 1 } },
) => ({
  args: parseRunArguments(registry, args).arguments,
  model: parseModel([{ activation: 'sigmoid', is_input: true, ...layer }]),
});

it('what this version implements fits the hello, and satisfies each of its own runs', () => {
  expect(own.length).toBeLessThanOrEqual(100);
  expect(own.every((text) => text.length <= 100)).toBe(true);
  for (const { algorithm } of registry.list())
    expect(lackingFor(run({ algorithm: algorithm.name }), own)).toEqual([]);
});

it('names what a worker lacks', () => {
  const capabilities = ['algorithm:FedAvg', 'optimizer:SGD,Adam', 'criterion:MSELoss'];
  expect(lackingFor(run({ algorithm: 'SCAFFOLD', optimizer: 'Adamax' }), capabilities)).toEqual([
    'algorithm SCAFFOLD',
    'criterion BCELoss',
    'optimizer Adamax',
  ]);
});

it('a worker that announces nothing implements what version 0.1.0 did', () => {
  expect(lackingFor(run({ algorithm: 'SCAFFOLD', compression: 'int8' }), [])).toEqual([]);
  const { args, model } = run({});
  expect(lackingFor({ args: { ...args, algorithm: 'FedNext' }, model }, [])).toEqual(['algorithm FedNext']);
});
