import { describe, expect, it } from 'vitest';
import { pathPart } from './path-part.js';

describe('path parts', () => {
  it.each([
    ['penguins', 'penguins'],
    ['', '%'],
    ['..', '%2E%2E'],
    ['.hidden', '%2Ehidden'],
    ['a*b', 'a%2Ab'],
    ['研究', '%E7%A0%94%E7%A9%B6'],
    ['x'.repeat(200), 'x'.repeat(200)],
    ['研'.repeat(28), '%E7%A0%94'.repeat(28)],
  ])('keeps the short id %j readable', (id, part) => {
    expect(pathPart(id)).toBe(part);
  });

  it('hashes a part of more than 255 bytes, and of more than the given limit', () => {
    expect(pathPart('研'.repeat(29))).toMatch(/^(%E7%A0%94){8}%E7%A0~[0-9a-f]{64}$/);
    expect(pathPart('研'.repeat(28), 231)).toMatch(/~[0-9a-f]{64}$/);
    expect(pathPart('🏥'.repeat(100)).length).toBeLessThanOrEqual(145);
  });

  it('differs for ids that have the same beginning', () => {
    expect(pathPart(`${'研'.repeat(100)}a`)).not.toBe(pathPart(`${'研'.repeat(100)}b`));
  });

  it('hashes an id that looks like a hashed part', () => {
    const hashed = pathPart('研'.repeat(100));
    const forged = decodeURIComponent(hashed.replace(/%E7%A0~/, '~'));
    expect(pathPart(hashed)).not.toBe(hashed);
    expect(pathPart(forged)).not.toBe(encodeURIComponent(forged));
  });
});
