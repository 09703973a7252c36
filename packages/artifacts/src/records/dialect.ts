import type { Dialect } from 'kysely';

export type DialectName = 'sqlite' | 'postgres';

/** A database that is open, before its schema is looked at. */
export interface OpenDialect {
  readonly name: DialectName;
  readonly kysely: Dialect;
  /** For messages; holds neither user nor password. */
  readonly database: string;
  /** Frees what the dialect holds beside its connections. */
  release(): Promise<void>;
}
