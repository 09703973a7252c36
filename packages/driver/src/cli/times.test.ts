import { describe, expect, it } from 'vitest';
import { localText, spanText, whenText } from './times.js';

const now = new Date('2026-03-02T12:00:00Z');
const ago = (seconds: number) => whenText(new Date(now.getTime() - seconds * 1000), now);

describe('times', () => {
  it('are relative for a day, then local', () => {
    expect([0, 42, 61, 3 * 3600 + 59].map(ago)).toEqual(['just now', '42 s ago', '1 min ago', '3 h ago']);
    const old = new Date('2026-01-01T10:00:00Z');
    expect(whenText(old, now)).toBe(localText(old));
    expect(localText(old)).toMatch(/^20\d\d-\d\d-\d\d \d\d:\d\d$/);
  });

  it('show an instant slightly in the future as now', () => {
    expect(ago(-3)).toBe('just now');
    expect(ago(-3600)).toBe(localText(new Date(now.getTime() + 3_600_000)));
  });

  it('show spans in their two largest units', () => {
    expect([0.25, 1.26, 42.4, 60, 75, 3660, 90_000].map(spanText)).toEqual(
      ['250 ms', '1.3 s', '42 s', '1 min', '1 min 15 s', '1 h 1 min', '1 d 1 h'], // prettier-ignore
    );
  });
});
