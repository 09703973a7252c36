/** Paths of the data port, and the headers that identify the caller. */
export const CONTROL_PATH = '/v1/control';
export const TENSORS_PATH = '/v1/tensors/';
export const PARTICIPANT_HEADER = 'x-synergos-participant';
/** Of an upload: one of the two. */
export const SHA256_HEADER = 'x-synergos-sha256';
export const CRC32_HEADER = 'x-synergos-crc32';
/** Of an upload: how many of its bytes the TTP has already; `complete` if it is there. */
export const OFFSET_HEADER = 'x-synergos-offset';
export const COMPLETE = 'complete';

export function uploadPath(task: string, name: string): string {
  return `/v1/tasks/${encodeURIComponent(task)}/tensors/${encodeURIComponent(name)}`;
}

export function parseUploadPath(path: string): { task: string; name: string } | undefined {
  const match = /^\/v1\/tasks\/([^/]+)\/tensors\/([^/]+)$/.exec(path);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  try {
    return { task: decodeURIComponent(match[1]), name: decodeURIComponent(match[2]) };
  } catch {
    return undefined;
  }
}

/** A path of the data port below the URL that the worker was given, which may have a prefix of its own. */
export function urlBelow(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = base.pathname.replace(/\/+$/, '') + path;
  url.search = '';
  url.hash = '';
  return url;
}
