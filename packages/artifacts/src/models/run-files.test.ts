import { describe, expect, it } from 'vitest';
import { pathPart } from '@synergos/contract/path-part';
import { globalModelFile, localModelFile, runFolder } from './run-files.js';

const ids = { collab: 'c', project: 'p', expt: 'e', run: 'r' };

describe("a run's files", () => {
  it('have the documented names', () => {
    expect(globalModelFile(ids)).toBe('c/p/e/r/global_model.safetensors');
    expect(localModelFile(ids, 'hospital-1')).toBe('c/p/e/r/local_model_hospital-1.safetensors');
    expect(localModelFile(ids, 'worker/../x')).toBe('c/p/e/r/local_model_worker%2F..%2Fx.safetensors');
  });

  it('are in one folder per run', () => {
    const parts = [
      '',
      '.',
      '..',
      '...',
      '.a',
      'a/b',
      'a%2Fb',
      'a\\b',
      '*',
      '%2A',
      '%',
      '%2E',
      'ü',
      'A b',
      '\0',
    ];
    const encoded = parts.map((part) => pathPart(part));
    expect(new Set(encoded).size).toBe(parts.length);
    for (const part of encoded) expect(part).toMatch(/^(?!\.)[^/\\\0*]+$/);
    expect(runFolder({ ...ids, project: '..', expt: '' })).toBe('c/%2E%2E/%/r');
  });
});
