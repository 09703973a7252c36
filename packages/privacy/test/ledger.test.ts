import { describe, expect, it } from 'vitest';
import { leftOf, recordRelease, verifyLedger, type LedgerRecord, type PrivacyEvent } from '../src/index.js';

const budget = { epsilon: 3, delta: 1e-5 };
const event: PrivacyEvent = { kind: 'gaussian', noiseMultiplier: 6, count: 1 };
const damaged = (text: string) =>
  expect.objectContaining({ code: 'ledger_damaged', message: expect.stringContaining(text) });

function ledgerOf(owner: string, rounds: number): readonly LedgerRecord[] {
  const records: LedgerRecord[] = [];
  for (let round = 0; round < rounds; round++)
    records.push(recordRelease(owner, records, { run: 'r1', round, event }, budget));
  return records;
}

describe('a privacy ledger', () => {
  const records = ledgerOf('alice', 4);
  const lines = JSON.parse(JSON.stringify(records)) as LedgerRecord[];

  it('is verified after it was written and read', () => {
    const { head, records: read } = verifyLedger('alice', lines);
    expect(read).toEqual(records);
    expect(head).toEqual({ records: 4, hash: records[3]!.hash });
    expect(verifyLedger('alice', []).records).toEqual([]);
  });

  it.each(Object.keys(records[0]!))('reveals a change of %s', (field) => {
    const value = lines[1]![field as keyof LedgerRecord];
    const changed =
      typeof value === 'number'
        ? value + 0.5
        : typeof value === 'object'
          ? { ...event, noiseMultiplier: 7 }
          : value.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    const forged = lines.map((line, i) => (i === 1 ? { ...line, [field]: changed } : line));
    expect(() => verifyLedger('alice', forged)).toThrow(damaged('line 2'));
  });

  it('reveals a removed, an inserted and a swapped line', () => {
    const [a, b, c, d] = lines as [LedgerRecord, LedgerRecord, LedgerRecord, LedgerRecord];
    expect(() => verifyLedger('alice', [a, c, d])).toThrow(damaged('line 2 does not follow line 1'));
    expect(() => verifyLedger('alice', [b, c, d])).toThrow(damaged('line 1 does not begin'));
    expect(() => verifyLedger('alice', [a, b, b, c, d])).toThrow(damaged('line 3'));
    expect(() => verifyLedger('alice', [a, c, b, d])).toThrow(damaged('line 2'));
    expect(() => verifyLedger('alice', [a, { hash: 'x' }])).toThrow(damaged('line 2 is not a record'));
  });

  it('reveals lines removed from the end when its head is known', () => {
    const { head } = verifyLedger('alice', lines);
    expect(() => verifyLedger('alice', lines.slice(0, 3), head)).toThrow(damaged('3 lines'));
    expect(() => verifyLedger('alice', [], head)).toThrow(damaged('0 lines'));
    const { head: earlier } = verifyLedger('alice', lines.slice(0, 2));
    expect(verifyLedger('alice', lines, earlier).records).toHaveLength(4);
  });

  it('does not pass as that of another owner', () => {
    expect(() => verifyLedger('bob', lines)).toThrow(damaged("the ledger of 'bob'"));
  });
});

describe('a privacy budget', () => {
  it('refuses the release that would exceed it, and says what is left', () => {
    const records: LedgerRecord[] = [];
    const exhaust = () => {
      for (let round = 0; round < 1000; round++)
        records.push(recordRelease('alice', records, { run: 'r1', round, event }, budget));
    };
    expect(exhaust).toThrow(
      expect.objectContaining({ code: 'privacy_budget', message: expect.stringMatching(/is left$/) }),
    );
    expect(records.length).toBeGreaterThan(5);
    expect(records.at(-1)!.epsilon).toBeLessThanOrEqual(3);
    expect(leftOf(records, budget)).toBeCloseTo(3 - records.at(-1)!.epsilon, 12);
    const big: PrivacyEvent = { kind: 'gaussian', noiseMultiplier: 0.1, count: 1 };
    expect(() => recordRelease('alice', [], { run: 'r', round: 0, event: big }, budget)).toThrow(
      expect.objectContaining({ code: 'privacy_budget' }),
    );
  });

  it.each([
    { epsilon: 0, delta: 1e-5 },
    { epsilon: 1, delta: 0 },
    { epsilon: Number.NaN, delta: 0.1 },
  ])('cannot be %j', (impossible) => {
    expect(() => leftOf([], impossible)).toThrow(expect.objectContaining({ code: 'impossible_setting' }));
  });
});
