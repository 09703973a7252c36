import { idNames, type RecordKey, type RecordKind } from '@synergos/artifacts';
import { ApiError } from './errors.js';

/** 404, saying which record. */
export function missing(kind: RecordKind, key: RecordKey): never {
  const ids = idNames.flatMap((name) => key[name] ?? []).join('/');
  throw new ApiError(404, `${kind} '${ids}' does not exist`);
}
