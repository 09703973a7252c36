import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { totalmem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { startSystemMetrics, type SystemMetrics } from './system-metrics.js';

const directory = mkdtempSync(join(tmpdir(), 'synergos-metrics-'));
let started: SystemMetrics | undefined;
afterEach(() => started?.close());

function collect(nvidiaSmi = 'no-such-program') {
  const records: { readonly message: string; readonly fields: Record<string, number> }[] = [];
  const logger = {
    info: (fields: object, message: string) =>
      void records.push({ message, fields: fields as Record<string, number> }),
  };
  const metrics = startSystemMetrics({ resolutionSeconds: 1, directory, logger, nvidiaSmi });
  started = metrics;
  return { metrics, records };
}

async function until(check: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !check(); await delay(20))
    if (Date.now() > end) throw new Error('not in time');
}

describe('system metrics', () => {
  it('report machine and process repeatedly', async () => {
    const { metrics, records } = collect();
    await until(() => records.length >= 2);
    const { fields, message } = records[1]!;
    expect(message).toBe('system metrics');
    for (const name of ['cpu_percent', 'memory_percent']) {
      expect(fields[name]).toBeGreaterThanOrEqual(0);
      expect(fields[name]).toBeLessThanOrEqual(100);
    }
    expect(Math.abs(fields['memory_total_bytes']! / totalmem() - 1)).toBeLessThan(0.01);
    expect(fields['disk_used_bytes']).toBeLessThan(fields['disk_total_bytes']!);
    expect(fields['load_1m']).toBeGreaterThanOrEqual(0);
    expect(fields['network_received_bytes_per_second']).toBeGreaterThanOrEqual(0);
    expect(fields['process_resident_bytes']).toBeGreaterThan(2e7);
    const figures = Object.fromEntries(metrics.latest().map(({ name, value }) => [name, value]));
    expect(figures).toEqual(records.at(-1)?.fields);
    for (const { help } of metrics.latest()) expect(help).not.toBe('');
  });

  it('attribute the work of the process to it', async () => {
    const { records } = collect();
    await until(() => records.length >= 1);
    const most = (name: string) => Math.max(...records.map(({ fields }) => fields[name] ?? 0));
    // Which of the next measurements sees it depends on the order of their timers, and on a busy machine on its load.
    await until(() => {
      for (const end = Date.now() + 300; Date.now() < end;) Math.sqrt(Date.now());
      return most('process_event_loop_late_ms') > 100;
    });
    expect(most('process_cpu_percent')).toBeGreaterThan(5);
  });

  it('report the values of nvidia-smi for each card', async () => {
    const program = join(directory, 'nvidia-smi');
    // As `nvidia-smi --query-gpu=index,utilization.gpu,… --format=csv,noheader,nounits` writes.
    writeFileSync(
      program,
      '#!/bin/sh\necho "0, 37, 1024, 81559, 41, 120.35"\necho "1, 0, 4, 81559, 33, [N/A]"\n',
    );
    chmodSync(program, 0o755);
    const { records } = collect(program);
    await until(() => records.length >= 3);
    const cards = records.slice(1, 3);
    expect(cards.map(({ message }) => message)).toEqual(['card metrics', 'card metrics']);
    expect(cards[0]?.fields).toEqual({
      gpu: 0,
      gpu_percent: 37,
      gpu_memory_used_bytes: 1024 * 2 ** 20,
      gpu_memory_total_bytes: 81_559 * 2 ** 20,
      gpu_temperature_celsius: 41,
      gpu_power_watts: 120.35,
    });
    expect(cards[1]?.fields).not.toHaveProperty('gpu_power_watts');
    rmSync(program);
  });

  it.each([0, -5, Number.NaN])('refuse a resolution of %s', (resolutionSeconds) => {
    const logger = { info: () => undefined };
    expect(() => startSystemMetrics({ resolutionSeconds, directory, logger })).toThrow(
      /resolutionSeconds.*from 1/,
    );
  });
});
