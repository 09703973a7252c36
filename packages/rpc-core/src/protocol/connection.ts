/** Close codes of the control connection, in the range for applications. */
export const closeCodes = {
  leaving: 1000,
  malformed: 4400,
  refused: 4403,
  replaced: 4409,
  shutdown: 1001,
} as const;

/** A connection is dead when nothing was heard for this many heartbeats. */
export const HEARTBEATS_MISSED = 2.5;
