import { createHash } from 'node:crypto';

/** File systems take names of at most this many bytes. */
export const LONGEST_NAME_BYTES = 255;
const LONGEST_PREFIX = 80;
const HASHED = /~[0-9a-f]{64}$/;

/**
 * An id as one part of a path: readable where it can be, different for every id, never a separator, `.`, `..` or
 * nothing. A part of more than `longest` bytes becomes its beginning, `~` and the SHA-256 of all of it.
 */
export function pathPart(id: string, longest: number = LONGEST_NAME_BYTES): string {
  if (id === '') return '%';
  const part = encodeURIComponent(id)
    .replaceAll('*', '%2A')
    .replace(/^\.+/, (dots) => '%2E'.repeat(dots.length));
  // An id that looks like a hashed part is hashed as well, or two ids could have one part.
  if (part.length <= longest && !HASHED.test(part)) return part;
  const prefix = part.slice(0, LONGEST_PREFIX).replace(/%.?$/, '');
  return `${prefix}~${createHash('sha256').update(part).digest('hex')}`;
}
