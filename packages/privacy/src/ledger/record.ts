import { createHash } from 'node:crypto';
import { z } from 'zod';
import { privacyEventSchema } from '../accounting/events.js';

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');

/** One line of a ledger: a release of private data and what all releases so far cost. */
export const ledgerRecordSchema = z.strictObject({
  /** Position in the ledger, from 0. */
  sequence: z.int().min(0),
  run: z.string().min(1).max(256),
  round: z.int().min(0),
  event: privacyEventSchema,
  /** Cost of all records up to this one: ε at δ. */
  epsilon: z.number().min(0),
  delta: z.number().min(0).max(1),
  /** Hash of the record before, or of the owner for the first one. */
  previous: hash,
  hash,
});
export type LedgerRecord = z.output<typeof ledgerRecordSchema>;

/** The `previous` of the first record of an owner's ledger. */
export function genesisOf(owner: string): string {
  return sha256(JSON.stringify(['synergos-privacy-ledger', 1, owner]));
}

/** SHA-256 of all other fields, in a fixed order. */
export function hashOf(record: Omit<LedgerRecord, 'hash'>): string {
  const { sequence, run, round, event, epsilon, delta, previous } = record;
  const fields = Object.entries(event).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(JSON.stringify([sequence, run, round, fields, epsilon, delta, previous]));
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
