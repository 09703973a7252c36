import type { ArtifactStore } from './artifact-store.js';

/** Names of the artifacts directly below a folder, sorted. */
export async function namesIn(
  store: Pick<ArtifactStore, 'list'>,
  folder: string,
): Promise<readonly string[]> {
  const prefix = `${folder}/`;
  const names: string[] = [];
  for await (const { key } of store.list(prefix)) {
    const name = key.slice(prefix.length);
    if (!name.includes('/')) names.push(name);
  }
  return names.sort();
}
