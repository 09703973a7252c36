import { expect, it } from 'vitest';
import { argumentType } from './argument-type.js';

it.each([
  [{ type: 'integer', minimum: 1, maximum: 1000 }, 'integer ≥ 1, ≤ 1000'],
  [{ type: 'number', exclusiveMinimum: 0 }, 'number > 0'],
  [{ type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }, 'integer ≥ 0'],
  [{ type: 'boolean' }, 'boolean'],
  [{ type: 'string', enum: ['random', 'zeros'] }, 'random | zeros'],
  [{ anyOf: [{ type: 'number', minimum: 0 }, { type: 'null' }] }, 'number ≥ 0 | null'],
  [{ anyOf: [{ type: 'boolean' }, { type: 'string', const: 'flower' }] }, 'boolean | "flower"'],
  [{ type: 'array', items: { type: 'string', minLength: 1 } }, 'list of string'],
  [{ type: 'array', prefixItems: [{ type: 'number' }, { type: 'number' }] }, '[number, number]'],
  [{}, 'any'],
  [{ enum: ['a\u001b[31m'] }, 'a�[31m'],
])('formats %o as %s', (schema, text) => {
  expect(argumentType(schema)).toBe(text);
});
