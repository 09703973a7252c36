/** One benchmark: a file under `benchmarks/`, listed in `main.ts`. */
export interface Benchmark {
  readonly name: string;
  readonly summary: string;
  /** `options`: other options of the command line, such as `--model-gb 2`. */
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

/** Metrics that `--json` prints under the benchmark's name. */
export interface Figures {
  readonly [name: string]: number | string | Figures;
}
