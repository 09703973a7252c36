import { pldEpsilon } from '../accounting/pld/accountant.js';
import type { PrivacyEvent } from '../accounting/events.js';
import { rdpEpsilon } from '../accounting/rdp/accountant.js';
import { PrivacyError, requireSetting } from '../errors.js';
import { genesisOf, hashOf, ledgerRecordSchema, type LedgerRecord } from './record.js';

/** A record was changed, removed or inserted, or the ledger belongs to another owner. */
export class LedgerDamaged extends PrivacyError {
  constructor(message: string) {
    super('ledger_damaged', message);
  }
}

/** The release would cost more than the budget has left. */
export class BudgetExceeded extends PrivacyError {
  constructor(message: string) {
    super('privacy_budget', message);
  }
}

/** Most that an owner's data may cost: ε at δ. */
export interface Budget {
  readonly epsilon: number;
  readonly delta: number;
  /** @defaultValue `rdp` */
  readonly accountant?: 'rdp' | 'pld';
}

/** A release before it is recorded. */
export type Release = Pick<LedgerRecord, 'run' | 'round' | 'event'>;

/** The last record of a ledger, stored apart from it: without it, records removed from the end are not found. */
export interface LedgerHead {
  readonly records: number;
  readonly hash: string;
}

/** The record that a release adds to a verified ledger. Throws `BudgetExceeded` before anything is released. */
export function recordRelease(
  owner: string,
  records: readonly LedgerRecord[],
  { run, round, event }: Release,
  budget: Budget,
): LedgerRecord {
  const epsilon = costWith(records, event, budget);
  if (epsilon > budget.epsilon)
    throw new BudgetExceeded(
      `round ${round} of run '${run}' would raise the cost to ε ${rounded(epsilon)} at δ ${budget.delta}; the budget is ${budget.epsilon}, of which ${rounded(leftOf(records, budget))} is left`,
    );
  const previous = records.at(-1)?.hash ?? genesisOf(owner);
  const record = { sequence: records.length, run, round, event, epsilon, delta: budget.delta, previous };
  return { ...record, hash: hashOf(record) };
}

/** ε that is left of a budget. */
export function leftOf(records: readonly LedgerRecord[], budget: Budget): number {
  return Math.max(0, budget.epsilon - costWith(records, undefined, budget));
}

/**
 * Checks every record of an owner's ledger and returns its head. Throws `LedgerDamaged` with the first line that does not
 * follow from the line before.
 */
export function verifyLedger(
  owner: string,
  lines: readonly unknown[],
  expected?: LedgerHead,
): { readonly records: readonly LedgerRecord[]; readonly head: LedgerHead } {
  let previous = genesisOf(owner);
  const records = lines.map((line, i) => {
    const { data: record, success } = ledgerRecordSchema.safeParse(line);
    if (!success) throw new LedgerDamaged(`line ${i + 1} is not a record`);
    if (record.hash !== hashOf(record)) throw new LedgerDamaged(`line ${i + 1} was changed`);
    if (record.sequence !== i || record.previous !== previous)
      throw new LedgerDamaged(
        i === 0
          ? `line 1 does not begin the ledger of '${owner}'`
          : `line ${i + 1} does not follow line ${i}: a line was removed or inserted`,
      );
    previous = record.hash;
    return record;
  });
  const head = { records: records.length, hash: previous };
  const known = expected === undefined || expected.records === 0 ? undefined : records[expected.records - 1];
  if (expected !== undefined && expected.records > 0 && known?.hash !== expected.hash)
    throw new LedgerDamaged(
      `the ledger has ${records.length} lines; line ${expected.records} is missing or another one`,
    );
  return { records, head };
}

function costWith(
  records: readonly LedgerRecord[],
  next: PrivacyEvent | undefined,
  { epsilon, delta, accountant = 'rdp' }: Budget,
): number {
  requireSetting(epsilon > 0, `the budget's epsilon must be positive, not ${epsilon}`);
  requireSetting(delta > 0 && delta < 1, `the budget's delta must lie between 0 and 1, not ${delta}`);
  const events = merged([...records.map(({ event }) => event), ...(next === undefined ? [] : [next])]);
  if (events.length === 0) return 0;
  return accountant === 'rdp' ? rdpEpsilon(events, delta) : pldEpsilon(events, delta);
}

/** Equal events as one with the sum of their counts: a thousand rounds cost as much time as one. */
function merged(events: readonly PrivacyEvent[]): readonly PrivacyEvent[] {
  const groups = new Map<string, PrivacyEvent>();
  for (const event of events) {
    const { count, ...rest } = event;
    const key = JSON.stringify(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)));
    groups.set(key, { ...event, count: count + (groups.get(key)?.count ?? 0) });
  }
  return [...groups.values()];
}

const rounded = (value: number) => Number(value.toPrecision(4));
