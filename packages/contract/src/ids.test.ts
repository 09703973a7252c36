import { describe, expect, it } from 'vitest';
import { idSchema } from './ids.js';

describe('ids', () => {
  it.each(['penguins', 'st. mary', '病院'])('accepts %s', (id) => {
    expect(idSchema.parse(id)).toBe(id);
  });

  it.each(['', '.', '..', 'a/b', 'a\\b', 'a\nb', 'x'.repeat(201)])('rejects %j', (id) => {
    expect(idSchema.safeParse(id).success).toBe(false);
  });
});
