/** Majors must be equal; of two minors the smaller is spoken. */
export interface ProtocolVersion {
  readonly major: number;
  readonly minor: number;
}

/** 1.1: an interrupted upload is resumed. */
export const PROTOCOL: ProtocolVersion = { major: 1, minor: 1 };

/** The version both sides speak, or undefined if there is none. */
export function negotiate(own: ProtocolVersion, other: ProtocolVersion): ProtocolVersion | undefined {
  if (own.major !== other.major) return undefined;
  return { major: own.major, minor: Math.min(own.minor, other.minor) };
}

export function show({ major, minor }: ProtocolVersion): string {
  return `${major}.${minor}`;
}
