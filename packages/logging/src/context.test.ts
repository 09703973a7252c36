import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { withLogContext } from './context.js';
import { componentLogger, createLogger } from './logger.js';

function captured(location = false) {
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  const logger = createLogger({ node: 'ttp', role: 'ttp', stream, location });
  return { logger, records: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

it('adds the ids of the context to records, across awaits, nested and concurrent', async () => {
  const { logger, records } = captured();
  const phase = componentLogger(logger, 'orchestration');
  const job = (id: string) =>
    withLogContext({ job: id, run: `run-${id}` }, async () => {
      await delay(5);
      await withLogContext({ round: 3 }, async () => {
        await delay(5);
        phase.info({ loss: 0.5 }, id);
      });
      phase.info({}, id);
    });
  await Promise.all([job('a'), job('b')]);
  logger.info({}, 'outside');
  expect(records()).toHaveLength(5);
  for (const { msg, job: id, run } of records().slice(0, 4))
    expect([id, run]).toEqual([msg, `run-${String(msg)}`]);
  expect(records().filter(({ round }) => round === 3)).toHaveLength(2);
  for (const record of records()) expect('loss' in record).toBe('round' in record);
  expect(records()[4]).not.toHaveProperty('job');
});

it('prefers the fields of a record to those of its context', () => {
  const { logger, records } = captured();
  withLogContext({ round: 3 }, () => logger.info({ round: 4 }, 'x'));
  expect(records()[0]?.['round']).toBe(4);
});

it('adds the source location to a record if configured', () => {
  const { logger, records } = captured(true);
  logger.child({}).warn({}, 'here');
  expect(records()[0]?.['location']).toMatch(/^[\w/.-]*context\.test\.ts:\d+$/);
});
