import type { Pipeline } from './pipeline.js';
import { tabular } from './tabular/tabular.js';
import { vector } from './vector/vector.js';

/** The data types that a worker reads. Register another one here, and its `Agreement` in `@synergos/orchestration`. */
const pipelines: readonly Pipeline[] = [tabular, vector];

/** Pipelines by data type. */
export const pipelineRegistry: ReadonlyMap<string, Pipeline> = new Map(
  pipelines.map((pipeline) => [pipeline.datatype, pipeline]),
);
