import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CommonSpace } from '@synergos/contract';

export interface Content {
  readonly metadata?: string;
  readonly schema?: string;
  readonly csv?: string | Uint8Array;
  /** More files, by their path below the folder. */
  readonly more?: Readonly<Record<string, string>>;
}

const CONTENT = {
  metadata: '{"datatype": "tabular"}',
  schema: '{"age": "int32", "sex": "category", "smokes": "bool", "target": "category"}',
  csv: 'age,sex,smokes,target\n60,f,true,ill\n40,m,no,well\n20,f,0,well\n',
};

/** A participant's data directory with one folder a tag; a file given as empty text is left out. */
export async function dataDirectory(folders: Readonly<Record<string, Content>> = { heart: {} }) {
  const path = await mkdtemp(join(tmpdir(), 'synergos-participant-'));
  for (const [name, content] of Object.entries(folders)) {
    const files = { ...CONTENT, ...content };
    await mkdir(join(path, name), { recursive: true });
    for (const [file, text] of [
      ['metadata.json', files.metadata],
      ['schema.json', files.schema],
      ['data.csv', files.csv],
      ...Object.entries(content.more ?? {}),
    ] as const) {
      if (text === '') continue;
      await mkdir(dirname(join(path, name, file)), { recursive: true });
      await writeFile(join(path, name, file), text);
    }
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export const SPACE: CommonSpace = {
  datatype: 'tabular',
  columns: [
    { name: 'age', type: 'numeric' },
    { name: 'sex', type: 'category', levels: ['f', 'm', 'x'] },
    { name: 'smokes', type: 'numeric' },
  ],
  features: ['age', 'sex_f', 'sex_m', 'sex_x', 'smokes'],
  classes: ['ill', 'well'],
};
