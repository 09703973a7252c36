/** What may replace an algorithm's own way to aggregate. */
export const aggregators = [
  'mean',
  'median',
  'trimmed-mean',
  'krum',
  'multi-krum',
  'bulyan',
  'geometric-median',
  'norm-clipping',
  'centered-clipping',
  'fixed-point',
] as const;
export type AggregatorName = (typeof aggregators)[number];
