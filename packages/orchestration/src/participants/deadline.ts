const FIRST_MS = 3_600_000;
const SHORTEST_MS = 60_000;
/** No deadline that adapts is longer: one that participants could stretch by being late would have no end. */
const LONGEST_MS = 3_600_000;
/** Times the median of the answers. */
const ALLOWANCE = 10;
/** Times the participant's own last answer. */
const OWN_ALLOWANCE = 2;

/** How long participants take to answer; only those that answered count. */
export interface AnswerTimes {
  add(participant: string, milliseconds: number): void;
  /** How long the participant's next answer may take. */
  deadlineMs(participant: string): number;
}

/** `asked`: a deadline in seconds, which then is every answer's. */
export function createAnswerTimes(asked?: number | null): AnswerTimes {
  const last = new Map<string, number>();
  return {
    add: (participant, milliseconds) => void last.set(participant, milliseconds),
    deadlineMs(participant) {
      if (asked != null) return asked * 1000;
      const sorted = [...last.values()].sort((one, other) => one - other);
      const median = sorted[Math.floor(sorted.length / 2)];
      if (median === undefined) return FIRST_MS;
      const own = OWN_ALLOWANCE * (last.get(participant) ?? 0);
      return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, ALLOWANCE * median, own));
    },
  };
}
