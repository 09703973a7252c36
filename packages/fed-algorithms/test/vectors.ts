import { readFileSync } from 'node:fs';

/** Numbers of another project; `source` in the file and in the case says whose. */
export interface Case<Input, Expected> {
  readonly id: string;
  readonly algorithm: string;
  readonly input: Input;
  readonly expected: Expected;
  readonly tolerance_abs: number;
}

export function loadCases<Input, Expected>(name: string): readonly Case<Input, Expected>[] {
  const file = readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8');
  return (JSON.parse(file) as { cases: Case<Input, Expected>[] }).cases;
}

export type Nested = number | readonly Nested[];

/** A model's tensors, nested as a peer writes them, as one flat vector. */
export function flatten(tensors: Nested): Float32Array {
  return Float32Array.from([tensors].flat(10) as number[]);
}

/** Largest |a − b| by position; infinite where the lengths differ. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  return Array.from(a, (value, i) => Math.abs(value - b[i]!)).reduce((most, each) => Math.max(most, each), 0);
}
