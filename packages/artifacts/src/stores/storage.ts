import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { UnknownStore } from '../errors.js';
import type { ArtifactStore } from './artifact-store.js';
import { createLocalStore } from './local-store.js';
import type { ScratchStore } from './scratch-store.js';

/** The file stores of a TTP. */
export interface Storage {
  /** Models, manifests and other results. */
  readonly artifacts: ArtifactStore;
  /** Checkpoints of running trainings, and imports that are being checked. */
  readonly scratch: ScratchStore;
}

export interface StorageOptions {
  /** Directory of scratch files, and of artifacts by default. */
  readonly outputsDir: string;
  /** URL of the artifact store. @defaultValue `outputsDir` */
  readonly artifactStore?: string;
}

/** Artifact stores by the scheme of their URL. A new store is a file and an entry here. */
const stores: Readonly<Record<string, (url: URL) => ArtifactStore>> = {
  'file:': (url) => createLocalStore(fileURLToPath(url)),
};

/** Throws `UnknownStore` if no store has the scheme of the URL. */
export function openStorage({ outputsDir, artifactStore }: StorageOptions): Storage {
  const url = artifactStore === undefined ? pathToFileURL(resolve(outputsDir)) : new URL(artifactStore);
  const open = stores[url.protocol];
  if (open === undefined) throw new UnknownStore(url.protocol, Object.keys(stores));
  return { artifacts: open(url), scratch: createLocalStore(outputsDir) };
}
