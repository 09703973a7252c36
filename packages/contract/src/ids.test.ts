import { describe, expect, it } from 'vitest';
import { fileNameSchema, idSchema } from './ids.js';

describe('ids', () => {
  it.each(['penguins', 'st. mary', '病院', 'x'.repeat(200), '研'.repeat(200), '🏥'])('accepts %s', (id) => {
    expect(idSchema.parse(id)).toBe(id);
  });

  it.each(['', '.', '..', 'a/b', 'a\\b', 'a\nb', 'x'.repeat(201), 'x'.repeat(5000)])('rejects %j', (id) => {
    expect(idSchema.safeParse(id).success).toBe(false);
  });

  it('normalises to NFC before it counts characters', () => {
    expect(idSchema.parse('e\u0301cole')).toBe('\u00e9cole');
    expect(idSchema.parse('e\u0301'.repeat(200))).toBe('\u00e9'.repeat(200));
  });

  it.each(['a\ud800', '\udc00a', '\udc00\ud800'])('rejects the lone surrogate in %j by name', (id) => {
    expect(idSchema.safeParse(id).error?.issues[0]?.message).toMatch(/surrogate/);
  });
});

describe('file names', () => {
  it.each(['manifest.json', `local_model_${'x'.repeat(231)}.safetensors`])('accepts %s', (name) => {
    expect(fileNameSchema.parse(name)).toBe(name);
  });

  it.each(['', '.hidden', 'a/b', '..', 'x'.repeat(256)])('rejects %j', (name) => {
    expect(fileNameSchema.safeParse(name).success).toBe(false);
  });
});
