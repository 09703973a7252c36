import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommonSpace } from '@synergos/contract';
import { packTensors } from '@synergos/rpc-core';

type Files = Readonly<Record<string, string | Uint8Array>>;

/** Data of one type for the conformance suite. A new data type adds one. */
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

const csv = (...rows: readonly string[]): Files => ({
  'metadata.json': '{"datatype": "tabular"}',
  'schema.json': '{"age": "int32", "sex": "category", "target": "category"}',
  'data.csv': ['age,sex,target', ...rows, ''].join('\n'),
});

const vectors = (rows: readonly (readonly number[])[], targets: readonly number[]): Files => ({
  'metadata.json': '{"datatype": "vector"}',
  'data.safetensors': packTensors({
    features: { shape: [rows.length, 2], data: Float32Array.from(rows.flat()) },
    targets: { shape: [targets.length], data: Float32Array.from(targets) },
  }),
});

export const fixtures: Readonly<Record<string, Fixture>> = {
  tabular: {
    whole: csv('7318,f,ill', '20,m,well', '30,f,well', ',m,ill', '4127,,well'),
    part: csv(',m,ill', '4127,,well'),
    unlabelled: csv(',m,ill', '4127,,'),
    empty: csv(),
    space: {
      datatype: 'tabular',
      columns: [
        { name: 'age', type: 'numeric' },
        { name: 'sex', type: 'category', levels: ['f', 'm'] },
      ],
      features: ['age', 'sex_f', 'sex_m'],
      classes: ['ill', 'well'],
    },
    canaries: ['7318', '4127'],
  },
  vector: {
    whole: vectors([[7318, 1], [2, 3], [4, 5], [6, 7], [4127, 9]], [0, 1, 1, 0, 1]), // prettier-ignore
    part: vectors([[6, 7], [4127, 9]], [0, 1]), // prettier-ignore
    unlabelled: vectors([[6, 7], [4127, 9]], [0, NaN]), // prettier-ignore
    empty: vectors([], []),
    space: {
      datatype: 'vector',
      columns: [],
      features: ['x0', 'x1'],
      classes: ['0', '1'],
      details: { length: 2 },
    },
    canaries: ['7318', '4127'],
  },
};

/** A data directory with one folder for each set of files. */
export async function dataDirectoryOf(folders: Readonly<Record<string, Files>>) {
  const path = await mkdtemp(join(tmpdir(), 'synergos-pipelines-'));
  for (const [name, files] of Object.entries(folders)) {
    await mkdir(join(path, name), { recursive: true });
    for (const [file, content] of Object.entries(files)) await writeFile(join(path, name, file), content);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
