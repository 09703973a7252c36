import { PathOutside } from '../errors.js';

/** Throws `PathOutside` if a key has empty parts, `.` or `..`. */
export function checkKey(key: string): void {
  if (key.split('/').some((part) => part === '' || part === '.' || part === '..')) throw new PathOutside(key);
}

/** Splits the prefix of a listing into the folder to list (`''`: the root) and the start of the names in it. */
export function splitPrefix(prefix: string): { readonly folder: string; readonly start: string } {
  const end = prefix.lastIndexOf('/');
  const folder = end < 0 ? '' : prefix.slice(0, end);
  if (end >= 0) checkKey(folder);
  return { folder, start: prefix.slice(end + 1) };
}
