import type { CommonSpace } from '@synergos/contract';
import type { DatasetDescription } from '@synergos/rpc-core';

/** A data set of one participant, as its worker describes it. */
export interface DescribedData {
  readonly participant: string;
  readonly kind: 'train' | 'evaluate' | 'predict';
  readonly description: DatasetDescription;
}

/**
 * The TTP's side of a data type: from descriptions of all participants' data to the space that they share. The
 * participant's side is `Pipeline` in `@synergos/participant`. The TTP never receives a sample.
 */
export interface Agreement {
  /** Value of `datatype` in a description. */
  readonly datatype: string;
  /**
   * Agrees the inputs that all participants map their data to, whatever the order of the data. Datatype and classes are
   * agreed for all types alike. Throws `AlignmentImpossible`, which names the participants.
   */
  agree(data: readonly DescribedData[]): Omit<CommonSpace, 'datatype' | 'classes'>;
  /** The features of the space that a data set fills. The others are its spacers: zeros. */
  features(description: DatasetDescription, space: CommonSpace): readonly string[];
  /** Number of inputs of a model's first layer; undefined if the layers take samples of any size, such as images. */
  inputs(space: CommonSpace): number | undefined;
}
