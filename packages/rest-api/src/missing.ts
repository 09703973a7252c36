import { idNames, type RecordKey, type RecordKind } from '@synergos/artifacts';
import { ApiError } from './errors.js';

/** Throws 404 with the missing record. */
export function missing(kind: RecordKind, key: RecordKey): never {
  throw new ApiError(404, missingText(kind, key));
}

export function missingText(kind: RecordKind, key: RecordKey): string {
  const ids = idNames.flatMap((name) => key[name] ?? []).join('/');
  return `${kind} '${ids}' does not exist`;
}
