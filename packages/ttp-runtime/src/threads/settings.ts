import type { DatabaseLocation } from '@synergos/artifacts';
import type { EngineChoices } from '../options/engine-options.js';
import type { ThreadLogging } from '@synergos/logging';

/** The options of a TTP that its grid's threads use. */
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

/** Passed from the main thread to the grid's thread, and on to the data plane's. */
export interface GridSettings {
  readonly options: GridOptions;
  readonly database: DatabaseLocation;
  /** PEM. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly logging: ThreadLogging;
  /** Records that jobs write are delivered with their results; the director writes them. */
  readonly deliversRecords: boolean;
}
