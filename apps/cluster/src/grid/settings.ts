import type { ThreadLogging } from '@synergos/logging';
import type { ClusterOptions } from '../options.js';

/** What the main thread hands to the grid's thread. */
export interface GridSettings {
  readonly options: ClusterOptions;
  /** PEM. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly logging: ThreadLogging;
}
