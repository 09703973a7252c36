import { expect, it } from 'vitest';
import { metricsOf } from './metrics.js';

it('minimizes errors and maximizes scores', () => {
  expect(metricsOf('regress').get('MSE')).toBe('min');
  expect([...metricsOf('regress').keys()][0]).toBe('R2');
  expect(metricsOf('classify').get('FPRs')).toBe('min');
  expect(metricsOf('classify').get('accuracy')).toBe('max');
});
