import { describe, expect, it } from 'vitest';
import { createRegistry, parseRunArguments } from '../registry.js';

const registry = createRegistry();
const parse = (raw: object) => parseRunArguments(registry, { algorithm: 'FedAvg', ...raw }).arguments;

describe('FedAvg', () => {
  it('has no proximal term unless asked, though mu has a default elsewhere', () => {
    expect(parse({}).mu).toBe(0);
    expect(parse({ mu: null }).mu).toBe(0);
    expect(parse({ mu: 0 }).mu).toBe(0);
  });

  it('refuses a mu other than 0, by name', () => {
    expect(() => parse({ mu: 0.1 })).toThrow(
      expect.objectContaining({
        code: 'invalid_arguments',
        issues: [{ path: 'mu', message: expect.stringMatching(/expected 0, got 0.1.*FedProx/) as string }],
      }),
    );
  });
});
