import { readFileSync } from 'node:fs';

/** Numbers of another project; `source` in the file and in the case says whose. */
export interface Case<Input, Expected> {
  readonly id: string;
  readonly input: Input;
  readonly expected: Expected;
}

function load(name: string): readonly Case<unknown, unknown>[] {
  const file = readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8');
  return (JSON.parse(file) as { cases: Case<unknown, unknown>[] }).cases;
}

/** The cases of a file; `take` returns one by its id, `taken` lists the ids taken so far. */
export function vectorsOf(name: string) {
  const cases = load(name);
  const taken = new Set<string>();
  return {
    ids: cases.map(({ id }) => id),
    taken,
    take<Input, Expected>(id: string): Case<Input, Expected> {
      taken.add(id);
      const found = cases.find((each) => each.id === id);
      if (found === undefined) throw new Error(`no case '${id}' in ${name}`);
      return found as Case<Input, Expected>;
    },
  };
}

/** |actual − expected| divided by |expected|. */
export function relativeError(actual: number, expected: number): number {
  return Math.abs(actual - expected) / Math.abs(expected);
}
