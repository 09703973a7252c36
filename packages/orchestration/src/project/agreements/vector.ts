import { z } from 'zod';
import { AlignmentImpossible } from '../../errors.js';
import { MOST_FEATURES } from '../space-size.js';
import type { Agreement, DescribedData } from './agreement.js';

const detailsSchema = z.object({ length: z.number().int().positive().max(MOST_FEATURES) });

/** Agrees that all rows have the same length; the features are `x0`, `x1`, … */
export const vector: Agreement = {
  datatype: 'vector',
  agree(data) {
    const lengths = data.map(lengthOf);
    const [first, ...others] = lengths;
    const other = others.find(({ length }) => length !== first?.length);
    if (first === undefined || other !== undefined)
      throw new AlignmentImpossible(
        `${first?.participant} has ${first?.length} numbers per row and ${other?.participant} ${other?.length}; ` +
          'participants of one project need rows of the same length',
      );
    const { length } = first;
    return {
      columns: [],
      features: Array.from({ length }, (_, at) => `x${at}`),
      details: { length },
    };
  },
  features: (_description, { features }) => features,
  inputs: ({ features }) => features.length,
};

function lengthOf({ participant, description }: DescribedData) {
  const details = detailsSchema.safeParse(description.details);
  if (!details.success)
    throw new AlignmentImpossible(
      `${participant}: the description of vector data lacks details.length, a whole number up to ${MOST_FEATURES}`,
    );
  return { participant, length: details.data.length };
}
