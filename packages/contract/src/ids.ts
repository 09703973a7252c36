import { z } from 'zod';

const LONGEST_ID = 200;
/** Of an id before it is normalised: a decomposed character has several code points. */
const LONGEST_INPUT = 5 * LONGEST_ID;

/**
 * An id of a record or a participant: 1 to 200 characters in Unicode's NFC, no slashes, control characters or lone
 * surrogates. Parsing normalises, so that the two ways to write `é` name one record.
 */
export const idSchema = z
  .string()
  .max(LONGEST_INPUT, { abort: true, error: `an id has at most ${LONGEST_ID} characters` })
  .normalize('NFC')
  .min(1)
  .max(LONGEST_ID, { error: `an id has at most ${LONGEST_ID} characters` })
  .refine((id) => !/[\u0000-\u001f\u007f/\\]/.test(id) && id !== '.' && id !== '..', {
    error: "an id has no slashes or control characters and is not '.' or '..'",
  })
  .refine((id) => !/\p{Surrogate}/u.test(id), {
    error: 'an id is valid Unicode; this one has half of a surrogate pair',
  });

/** A plain file name, never a path: the name of a file in a run's folder. */
export const fileNameSchema = z.string().regex(/^(?!\.)[^/\\\0]{1,255}$/, 'expected a file name');
