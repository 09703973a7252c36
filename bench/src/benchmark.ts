/** One benchmark: a file under `benchmarks/`, listed in `main.ts`. */
export interface Benchmark {
  readonly name: string;
  readonly summary: string;
  run(print: (line: string) => void): Promise<Figures>;
}

/** What `--json` prints under the benchmark's name. */
export type Figures = Readonly<Record<string, number | string>>;
