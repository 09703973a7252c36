import type { Dialect } from 'kysely';

export type DialectName = 'sqlite' | 'postgres';

/** An open database before its schema is checked. */
export interface OpenDialect {
  readonly name: DialectName;
  readonly kysely: Dialect;
  /** Location for messages, without user and password. */
  readonly database: string;
  /** Releases the dialect's resources other than its connections. */
  release(): Promise<void>;
}
