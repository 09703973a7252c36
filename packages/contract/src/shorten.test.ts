import { expect, it } from 'vitest';
import { z } from 'zod';
import { explainIssues, shorten } from './shorten.js';

it('cuts long text and says how long it was', () => {
  expect(shorten('x'.repeat(2000), 10)).toBe('xxxxxxxxxx… (2000 characters)');
  expect(shorten('short', 10)).toBe('short');
});

it('explains the first issues of many', () => {
  const { error } = z.array(z.number()).safeParse(Array.from({ length: 1000 }, () => 'x'));
  const text = explainIssues(error!);
  expect(text).toMatch(/^0: .*expected number.*; and 995 more$/);
  expect(text.length).toBeLessThan(1000);
});
