import type { CommonSpace } from '@synergos/contract';
import type { DescribeReply } from '@synergos/rpc-core';
import { AlignmentImpossible } from '../errors.js';

export const MOST_FEATURES = 100_000;
/** Rows are dense: from this number of features on, the memory of a worker is checked. */
const WIDE_FEATURES = 10_000;
const MOST_BYTES = 4 * 2 ** 30;
const VALUE_BYTES = 4;

/** Throws `AlignmentImpossible` if a model of this space could not be trained. */
export function checkSpaceSize(
  space: CommonSpace,
  descriptions: Readonly<Record<string, DescribeReply>>,
): void {
  const width = space.features.length;
  const refuse = (what: string) => {
    const widest = space.columns.toSorted((a, b) => (b.levels?.length ?? 0) - (a.levels?.length ?? 0))[0];
    const levels = widest?.levels?.length ?? 0;
    const where = levels > 1 ? `; column '${widest?.name}' alone has ${levels} levels` : '';
    return new AlignmentImpossible(`${what}${where}. Group its levels, or leave it out of schema.json.`);
  };
  if (width > MOST_FEATURES)
    throw refuse(`the data gives ${width} features; at most ${MOST_FEATURES} are supported`);
  if (width <= WIDE_FEATURES) return;
  for (const [participant, { train, evaluate, predict }] of Object.entries(descriptions)) {
    const rows = Math.max(train.samples, evaluate?.samples ?? 0, predict?.samples ?? 0);
    if (rows * width * VALUE_BYTES > MOST_BYTES)
      throw refuse(
        `${participant}: ${rows} rows of ${width} features need ${Math.ceil((rows * width * VALUE_BYTES) / 2 ** 30)} GiB of memory; at most ${MOST_BYTES / 2 ** 30} GiB are supported`,
      );
  }
}
