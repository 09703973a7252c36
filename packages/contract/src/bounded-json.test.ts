import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkJsonText,
  checkJsonValue,
  OutOfBounds,
  outerStrings,
  parseBoundedJson,
} from './bounded-json.js';

const bounds = { bytes: 10_000_000, depth: 32, values: 250_000 };
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('bounded JSON', () => {
  it.each([
    ['6 MB of open arrays', '['.repeat(6_000_000)],
    ['50,000 levels', nested(50_000)],
    ['33 levels', nested(33)],
    ['objects in objects', '{"a":'.repeat(40) + '1' + '}'.repeat(40)],
  ])('refuses %s by depth', (_what, text) => {
    expect(() => parseBoundedJson(text, bounds)).toThrow('nested more than 32 levels deep');
  });

  it('refuses 6 MB of open arrays faster than 50 ms', () => {
    const text = bytesOf('['.repeat(6_000_000));
    const startedMs = performance.now();
    expect(() => checkJsonText(text, bounds)).toThrow(OutOfBounds);
    expect(performance.now() - startedMs).toBeLessThan(50);
  });

  it('refuses too many values and too many bytes', () => {
    expect(() => parseBoundedJson('[1,2,3]', { ...bounds, values: 2 })).toThrow('more than 2 values');
    expect(() => parseBoundedJson('{"a":1,"b":2}', { ...bounds, values: 1 })).toThrow('more than 1 values');
    expect(() => parseBoundedJson('"äää"', { ...bounds, bytes: 7 })).toThrow('8 bytes; at most 7 are read');
    expect(() => parseBoundedJson('[1234567]', { ...bounds, bytes: 7 })).toThrow(OutOfBounds);
  });

  it('counts no brackets, commas and quotes that are inside strings', () => {
    const value = ['[[[[,,,,', '\\', '"[', '{"a":[['];
    expect(parseBoundedJson(JSON.stringify(value), { bytes: 100, depth: 1, values: 4 })).toEqual(value);
  });

  it('parses what JSON.parse parses', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        expect(parseBoundedJson(text, bounds)).toEqual(JSON.parse(text));
        expect(parseBoundedJson(bytesOf(text), bounds)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('checks a value that is parsed already, however deep it is', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 50_000; level++) deep = { deep };
    expect(() => checkJsonValue(deep, bounds)).toThrow('nested more than 32 levels deep');
    expect(() => checkJsonValue([1, { a: 2 }], { depth: 2, values: 2 })).toThrow('more than 2 values');
    expect(() => checkJsonValue([1, { a: 2 }], { depth: 2, values: 3 })).not.toThrow();
    expect(() => checkJsonValue('text', { depth: 0, values: 0 })).not.toThrow();
  });
});

describe('outer strings', () => {
  const read = (text: string) => outerStrings(bytesOf(text), ['type', 'task']);

  it.each([
    ['invalid numbers', '{"type":"result","task":"7","outcome":{"payload":{"loss":NaN}}}'],
    ['deep nesting', `{"task":"7","type":"result","x":${'['.repeat(50_000)}`],
    ['inner members of the same name', '{"x":{"type":"a","task":"b"},"type" : "result", "task":"7"}'],
    ['names as values', '{"a":"type","b":["task","x"],"type":"result","task":"7","task":"8"}'],
    ['a cut text', '{"type":"result","task":"7","outcome":{"message":"unfin'],
  ])('are read from an object with %s', (_what, text) => {
    expect(read(text)).toEqual({ type: 'result', task: '7' });
  });

  it.each([
    '',
    '[]',
    '["type","result"]',
    '{"type":1,"task":{"task":"7"}}',
    'NaN',
    `{"task":"${'x'.repeat(5000)}"}`,
  ])('are none in %.40s', (text) => {
    expect(read(text)).toEqual({});
  });

  it('are those of the parsed object', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('type', 'task', 'x"', '\\'), fc.jsonValue({ maxDepth: 3 })),
        (value) => {
          const expected = Object.entries(value).filter(
            ([name, one]) => ['type', 'task'].includes(name) && typeof one === 'string',
          );
          expect(Object.entries(read(JSON.stringify(value))).sort()).toEqual(expected.sort());
        },
      ),
    );
  });
});
