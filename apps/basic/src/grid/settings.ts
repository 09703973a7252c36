import type { ThreadLogging } from '@synergos/logging';
import type { BasicOptions } from '../options.js';

/** What the main thread hands to the grid's thread. */
export interface GridSettings {
  readonly options: BasicOptions;
  /** PEM. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly logging: ThreadLogging;
}
