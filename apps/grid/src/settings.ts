import type { DatabaseLocation } from '@synergos/artifacts';
import type { EngineChoices } from '@synergos/command-line';
import type { ThreadLogging } from '@synergos/logging';

/** What a grid's threads ask of a TTP's options. */
export interface GridOptions extends EngineChoices {
  readonly host: string;
  readonly dataPort: number;
  readonly dataDir: string;
  readonly outputsDir: string;
  readonly auth: 'token' | 'none';
  /** Of the data port. */
  readonly maxConnections: number;
  readonly plugin: readonly string[];
  readonly keepCheckpoints: number;
}

/** What the main thread hands to the grid's thread, and that to the data plane's. */
export interface GridSettings {
  readonly options: GridOptions;
  readonly database: DatabaseLocation;
  /** PEM. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly logging: ThreadLogging;
  /** What jobs make of records goes home with their results, and is written there. */
  readonly sendsRecordsHome: boolean;
}
