import type { CommonSpace } from '@synergos/contract';
import type { DatasetDescription, DescribeReply } from '@synergos/rpc-core';
import { AlignmentImpossible } from '../errors.js';
import type { DescribedData } from './agreements/agreement.js';
import { compare } from './agreements/compare.js';
import { agreementFor } from './agreements/registry.js';

/** Agrees the space that all participants of a project map their data to, with the agreement for their data type. */
export function commonSpace(replies: Readonly<Record<string, DescribeReply>>): CommonSpace {
  const data = Object.entries(replies).flatMap(([participant, reply]) =>
    (['train', 'evaluate', 'predict'] as const).flatMap((kind): DescribedData[] => {
      const description = reply[kind];
      return description === null ? [] : [{ participant, kind, description }];
    }),
  );
  const [first] = data;
  if (first === undefined) throw new AlignmentImpossible('no participant described any data');
  const { datatype } = first.description;
  const other = data.find(({ description }) => description.datatype !== datatype);
  if (other !== undefined)
    throw new AlignmentImpossible(
      `${first.participant} has ${datatype} data and ${other.participant} has ${other.description.datatype} data; ` +
        'participants of one project need the same datatype in metadata.json',
    );
  const { columns, features, ...rest } = agreementFor(datatype, first.participant).agree(data);
  const classes = [...new Set(data.flatMap(({ description }) => description.classes))].sort(compare);
  return { datatype, columns, features, classes, ...rest };
}

/** Positions of the common space that a data set lacks. Its participant fills them with zeros. */
export function spacersOf(
  space: CommonSpace,
  description: DatasetDescription | null,
): { X: number[]; y: number[] } {
  if (description === null) return { X: [], y: [] };
  const own = new Set(agreementFor(space.datatype, 'the project').features(description, space));
  const classes = new Set(description.classes);
  const missing = (names: readonly string[], has: ReadonlySet<string>) =>
    names.flatMap((name, index) => (has.has(name) ? [] : [index]));
  return { X: missing(space.features, own), y: missing(space.classes, classes) };
}
