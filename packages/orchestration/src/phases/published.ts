import type { FileStore } from '@synergos/artifacts';
import type { TensorsSource } from '@synergos/rpc-core';
import type { ModelFile } from '../round/global-model.js';

/** A file of the store as the data plane publishes it. */
export function published(
  { files }: { readonly files: FileStore },
  { path, ...ref }: ModelFile,
): TensorsSource {
  return { path: files.locate(path), ref };
}
