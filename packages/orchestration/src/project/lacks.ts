import type { Lacks } from '@synergos/artifacts';
import type { CommonSpace } from '@synergos/contract';
import type { DatasetDescription, DescribeReply } from '@synergos/rpc-core';

/** Columns of the space that a participant's data lacks, by kind of data. */
export function lacksOf(space: CommonSpace, { train, evaluate, predict }: DescribeReply): Lacks {
  const missing = (data: DatasetDescription | null) => {
    const own = new Set(data?.columns.map(({ name }) => name));
    return data === null ? [] : space.columns.flatMap(({ name }) => (own.has(name) ? [] : [name]));
  };
  return { train: missing(train), evaluate: missing(evaluate), predict: missing(predict) };
}

/** Columns that data of a kind may lack when a model is used on it; undefined if unknown. */
export function mayLack(lacks: Lacks | undefined, kind: 'evaluate' | 'predict'): string[] | undefined {
  return lacks === undefined ? undefined : [...new Set([...lacks.train, ...lacks[kind]])];
}
