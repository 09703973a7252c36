/** Bounds of adaptive deadlines, in milliseconds. */
export interface DeadlineLimits {
  /** Deadline before enough participants have answered, and the longest of all: participants could stretch one without end. */
  readonly longestMs: number;
  /** Shortest deadline of a participant that has not answered yet. */
  readonly shortestFirstMs: number;
  /** Shortest deadline of a participant that has answered. */
  readonly shortestMs: number;
}

export const DEADLINES: DeadlineLimits = {
  longestMs: 3_600_000,
  shortestFirstMs: 300_000,
  shortestMs: 60_000,
};
/** Timers with a longer delay fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** Deadline as a multiple of the median answer. */
const ALLOWANCE = 10;
/** Deadline as a multiple of the participant's own last answer. */
const OWN_ALLOWANCE = 2;

/** How long participants take to answer. Answers that did not come do not count. */
export interface AnswerTimes {
  add(participant: string, milliseconds: number): void;
  /** Deadline of the participant's next answer, by the answers so far. */
  deadlineMs(participant: string): number;
  /** Calls back after each answer: deadlines may be shorter now. The result unsubscribes. */
  onAnswer(listener: () => void): () => void;
}

export interface AnswerTimesOptions {
  /** Answers that have to be there before others have less time, such as the updates that a round needs. @defaultValue 1 */
  readonly enough?: number;
  /** Rows of the participants: one with more than the others takes longer. */
  readonly rows?: ReadonlyMap<string, number>;
  readonly limits?: DeadlineLimits;
}

/** `asked`: a deadline in seconds, which then is every answer's. */
export function createAnswerTimes(
  asked?: number | null,
  { enough = 1, rows = new Map(), limits = DEADLINES }: AnswerTimesOptions = {},
): AnswerTimes {
  const { longestMs, shortestFirstMs, shortestMs } = limits;
  const last = new Map<string, number>();
  const listeners = new Set<() => void>();
  /** Medians over the participants that answered, until the next answer: every waiting participant needs them. */
  let medians: { readonly ms: number; readonly rows: number } | undefined;
  return {
    add(participant, milliseconds) {
      last.set(participant, milliseconds);
      medians = undefined;
      for (const listener of listeners) listener();
    },
    deadlineMs(participant) {
      if (asked != null) return Math.min(asked * 1000, LONGEST_TIMER_MS);
      const own = last.get(participant);
      if (own === undefined && last.size < Math.max(1, enough)) return longestMs;
      medians ??= {
        ms: medianOf([...last.values()]),
        rows: medianOf([...last.keys()].flatMap((name) => rows.get(name) ?? [])),
      };
      const { ms: typical, rows: typicalRows } = medians;
      const expected =
        own === undefined
          ? Math.max(shortestFirstMs, ALLOWANCE * typical * sizeOf(participant, typicalRows))
          : Math.max(shortestMs, ALLOWANCE * typical, OWN_ALLOWANCE * own);
      return Math.min(longestMs, expected);
    },
    onAnswer(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };

  /** Rows of a participant relative to the median of those that answered; at least 1. */
  function sizeOf(participant: string, typical: number): number {
    return typical === 0 ? 1 : Math.max(1, (rows.get(participant) ?? 0) / typical);
  }
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

/**
 * A signal that aborts with `overdue` once the participant's deadline has passed, which answers of others may shorten
 * meanwhile.
 */
export function overdueSignal(
  times: AnswerTimes,
  participant: string,
  overdue: (deadlineMs: number) => Error,
): { readonly signal: AbortSignal; readonly stop: () => void } {
  const controller = new AbortController();
  const startedMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const watch = () => {
    clearTimeout(timer);
    const deadlineMs = times.deadlineMs(participant);
    const leftMs = startedMs + deadlineMs - performance.now();
    timer = setTimeout(() => controller.abort(overdue(deadlineMs)), Math.max(0, leftMs));
  };
  const unsubscribe = times.onAnswer(watch);
  const stop = () => {
    clearTimeout(timer);
    unsubscribe();
  };
  return { signal: controller.signal, stop };
}
