import type { ArtifactContent, ArtifactStore } from './artifact-store.js';
import { createReader, open, temporaryName } from './durable-file.js';
import type { FileReader, ScratchStore } from './scratch-store.js';

/** A file on this machine with the content of an artifact. */
export interface LocalCopy {
  readonly path: string;
  /** Removes the file if it is a copy. */
  release(): Promise<void>;
}

/** The content of an artifact as a file of this machine, if the store has one, or as a stream. */
export async function contentOf(store: ArtifactStore, key: string): Promise<ArtifactContent | undefined> {
  if (store.localFile === undefined) return store.stream(key);
  return (await store.head(key)) && { file: store.localFile(key) };
}

/** The file of an artifact: the store's own, or a copy in scratch. Resolves with `undefined` if there is no artifact. */
export async function localCopyOf(
  { artifacts, scratch }: { readonly artifacts: ArtifactStore; readonly scratch: ScratchStore },
  key: string,
): Promise<LocalCopy | undefined> {
  const content = await contentOf(artifacts, key);
  if (content === undefined) return undefined;
  if (artifacts.localFile !== undefined)
    return { path: artifacts.localFile(key), release: () => Promise.resolve() };
  const copy = temporaryName();
  await scratch.put(copy, content);
  return { path: scratch.localFile(copy), release: () => scratch.delete(copy) };
}

/** Opens an artifact for reads at any position, all of one version. Resolves with `undefined` if there is none. */
export async function openArtifact(
  storage: { readonly artifacts: ArtifactStore; readonly scratch: ScratchStore },
  key: string,
): Promise<FileReader | undefined> {
  const copy = await localCopyOf(storage, key);
  if (copy === undefined) return undefined;
  try {
    const reader = await createReader(await open(copy.path, 'r'), key);
    const close = async () => {
      await reader.close();
      await copy.release();
    };
    return { ...reader, close };
  } catch (error) {
    await copy.release();
    throw error;
  }
}
