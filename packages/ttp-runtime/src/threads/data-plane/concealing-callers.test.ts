import { createLogger, Identities } from '@synergos/logging';
import type { Authentication } from '@synergos/rpc-core';
import { expect, it } from 'vitest';
import { concealingCallers } from './concealing-callers.js';

const VALID: Authentication = { validUntil: 1 };

it.each<[Authentication, string]>([
  ['unknown participant', 'round 3 of 5'],
  ['wrong token', 'round 3 of 5'],
  ['ok', 'participant-# 3 of 5'],
  ['expired token', 'participant-# 3 of 5'],
  [VALID, 'participant-# 3 of 5'],
])('after a caller that claims the id "round" got %j, a record reads "%s"', async (outcome, expected) => {
  const identities = new Identities();
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  const logger = createLogger({ node: 'ttp', role: 'ttp', stream, identities });
  const authenticate = concealingCallers(() => outcome, identities);
  expect(await authenticate('round', 'any token')).toEqual(outcome);
  logger.info({}, 'round 3 of 5');
  const { msg } = JSON.parse(lines[0] ?? '') as { msg: string };
  expect(msg.replace(/-[0-9a-f]{8}/, '-#')).toBe(expected);
});
