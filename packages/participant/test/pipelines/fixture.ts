import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommonSpace } from '@synergos/contract';

/** Content of a data folder, by file name. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Data of one type for the conformance suite: the export `fixture` of `fixtures/<datatype>.ts`. */
export interface Fixture {
  /** Five labelled rows of two classes. */
  readonly whole: Files;
  /** The last two of these rows. */
  readonly part: Files;
  /** The same rows as `part`; the second has no label. */
  readonly unlabelled: Files;
  /** No row. */
  readonly empty: Files;
  readonly space: CommonSpace;
  /** Texts that occur in the rows and must not occur in a description. */
  readonly canaries: readonly string[];
}

/** Reads the fixture of a data type. */
export async function fixtureOf(datatype: string): Promise<Fixture> {
  return ((await import(`./fixtures/${datatype}.ts`)) as { readonly fixture: Fixture }).fixture;
}

/** A data directory with one folder for each set of files. */
export async function dataDirectoryOf(folders: Readonly<Record<string, Files>>) {
  const path = await mkdtemp(join(tmpdir(), 'synergos-pipelines-'));
  for (const [name, files] of Object.entries(folders)) {
    await mkdir(join(path, name), { recursive: true });
    for (const [file, content] of Object.entries(files)) await writeFile(join(path, name, file), content);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
