import { existsSync, readFileSync, watch } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@synergos/contract';
import { expect, it, onTestFinished } from 'vitest';
import { HealthFile } from './health-file.js';

it('writes the time when the worker connects, and not before', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'synergos-health-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'health');
  const health = new HealthFile(path, silentLogger);
  onTestFinished(() => health.close());
  health.update(false);
  expect(existsSync(path)).toBe(false);
  const written = new Promise<void>((resolve) => {
    const watcher = watch(folder, () => {
      if (!existsSync(path) || readFileSync(path, 'utf8') === '') return;
      watcher.close();
      resolve();
    });
  });
  health.update(true);
  await written;
  expect(Math.abs(Date.now() - Date.parse(readFileSync(path, 'utf8').trim()))).toBeLessThan(60_000);
});

it('logs a warning if the file cannot be written', async () => {
  const warned = new Promise<string>((resolve) => {
    const logger = { ...silentLogger, warn: (_fields: object, message: string) => resolve(message) };
    const health = new HealthFile('/nowhere/at/all/health', logger);
    onTestFinished(() => health.close());
    health.update(true);
  });
  expect(await warned).toBe('cannot write the health file');
});
