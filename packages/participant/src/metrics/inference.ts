/** What a model infers from samples: a value each (regress), or a score for each class and the class of the highest. */
export type Inference =
  | { readonly action: 'regress'; readonly values: Float32Array }
  | {
      readonly action: 'classify';
      readonly classes: number;
      /** samples × classes. */
      readonly scores: Float32Array;
      readonly labels: Uint32Array;
    };
