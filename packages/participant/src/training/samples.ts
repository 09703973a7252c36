/** Prepared data that a network trains on or predicts from: what a pipeline ends in. */
export interface Samples {
  /** [count, ...shape], row-major; images are [count, channels, height, width]. */
  readonly features: Float32Array;
  /** Of one sample, without the batch dimension. */
  readonly shape: readonly number[];
  /** One a sample: its class index (classify) or its value (regress). */
  readonly targets: Float32Array;
  readonly count: number;
}
