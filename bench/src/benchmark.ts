/** One benchmark: a file under `benchmarks/`, listed in `main.ts`. */
export interface Benchmark {
  readonly name: string;
  readonly summary: string;
  /** `options`: what else stands on the command line, `--model-gb 2`. */
  run(print: (line: string) => void, options: Options): Promise<Figures>;
}

export interface Options {
  readonly 'model-gb'?: string;
  readonly workers?: string;
  readonly digest?: string;
  /** Small and short: that it runs, not how fast. */
  readonly quick?: boolean;
  /** Where a plot (SVG) is written to. */
  readonly plot?: string;
}

/** What `--json` prints under the benchmark's name. */
export interface Figures {
  readonly [name: string]: number | string | Figures;
}
