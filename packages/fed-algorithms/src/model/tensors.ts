/** Where each tensor of a model lies in its flat float32 vector. */
export interface Manifest {
  readonly tensors: readonly TensorSpec[];
  /** Total number of float32 values. */
  readonly size: number;
}

export interface TensorSpec {
  /** `<layer index>.<parameter>`, as in the state dict of a torch `ModuleList`. */
  readonly name: string;
  /** PyTorch layout: Linear [out, in], Conv2d [out, in, kH, kW]. */
  readonly shape: readonly number[];
  /** First position in the flat vector. */
  readonly offset: number;
  readonly size: number;
  /** False for buffers such as a batch norm's running mean: averaged, not trained. */
  readonly trainable: boolean;
  /** Values that cannot be negative, such as a running variance. */
  readonly nonNegative?: true;
  /** Belongs to a batch norm. */
  readonly batchNorm?: true;
}
