import { bulyan } from './bulyan.js';
import { centeredClipping } from './centered-clipping.js';
import { fixedPoint } from './fixed-point.js';
import { geometricMedian } from './geometric-median.js';
import { krum, multiKrum } from './krum.js';
import { mean } from './mean.js';
import { coordinateMedian } from './median.js';
import { normClipping } from './norm-clipping.js';
import { trimmedMean } from './trimmed-mean.js';

/** The aggregation rules of this package. */
export const aggregators = [
  mean,
  coordinateMedian,
  trimmedMean,
  krum,
  multiKrum,
  bulyan,
  geometricMedian,
  normClipping,
  centeredClipping,
  fixedPoint,
] as const;

/** Names of the aggregation rules of this package. */
export type AggregatorName = (typeof aggregators)[number]['name'];
