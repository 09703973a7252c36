import { expect, it } from 'vitest';
import { LruMap } from './lru-map.js';

it('removes the least recently used entry if it is full', () => {
  const map = new LruMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  expect(map.get('a')).toBe(1);
  map.set('c', 3);
  expect(['a', 'b', 'c'].map((key) => map.get(key))).toEqual([1, undefined, 3]);
  map.set('a', 4);
  map.set('d', 5);
  expect(['a', 'c', 'd'].map((key) => map.get(key))).toEqual([4, undefined, 5]);
  map.delete('d');
  expect([map.get('a'), map.get('d')]).toEqual([4, undefined]);
  map.clear();
  expect(map.get('a')).toBeUndefined();
});
