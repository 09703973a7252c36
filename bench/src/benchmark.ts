/** One benchmark: a file under `benchmarks/`, listed in `main.ts`. */
export interface Benchmark {
  readonly name: string;
  readonly summary: string;
  /** `options`: what else stands on the command line, `--model-gb 2`. */
  run(print: (line: string) => void, options: Readonly<Record<string, string>>): Promise<Figures>;
}

/** What `--json` prints under the benchmark's name. */
export type Figures = Readonly<Record<string, number | string>>;
