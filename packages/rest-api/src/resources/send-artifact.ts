import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ArtifactInfo, ArtifactStore } from '@synergos/artifacts';
import type { Request, Response } from 'express';
import { ApiError } from '../errors.js';

/**
 * Answers with an artifact, or with the requested range. A browser saves it and executes nothing: it may come from
 * another party's archive. `verify` runs before the first byte of the artifact is sent; a later range continues a
 * download that was verified at its start.
 */
export async function sendArtifact(
  request: Request,
  response: Response,
  store: ArtifactStore,
  key: string,
  verify: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const info = await store.head(key);
  if (info === undefined) throw new ApiError(404, `there is no '${basename(key)}'`);
  const validators = { 'Last-Modified': info.modifiedAt.toUTCString(), ETag: etagOf(info) };
  response.set(validators);
  if (request.fresh) return void response.status(304).end();
  const range = rangeOf(request, response, info);
  if (request.method !== 'HEAD' && (range?.start ?? 0) === 0)
    try {
      await verify();
    } catch (error) {
      for (const name of Object.keys(validators)) response.removeHeader(name);
      throw error;
    }
  response.attachment(basename(key));
  response.set({
    'Content-Security-Policy': "sandbox; default-src 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'public, max-age=0',
  });
  const { start, end } = range ?? { start: 0, end: info.sizeBytes - 1 };
  if (range !== undefined)
    response.status(206).set('Content-Range', `bytes ${start}-${end}/${info.sizeBytes}`);
  response.set('Content-Length', String(end - start + 1));
  if (request.method === 'HEAD') return void response.end();
  const content = await store.stream(key, { start, end });
  if (content === undefined) throw new ApiError(404, `there is no '${basename(key)}'`);
  await pipeline(content, response).catch((error: NodeJS.ErrnoException) => {
    // The client closed the connection.
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

/** The requested range; `undefined` for none, several, or a range of another version. Throws a 416 if it is out of bounds. */
function rangeOf(
  request: Request,
  response: Response,
  info: ArtifactInfo,
): { readonly start: number; readonly end: number } | undefined {
  const condition = request.get('if-range');
  if (condition !== undefined && condition !== etagOf(info) && condition !== info.modifiedAt.toUTCString())
    return undefined;
  const ranges = request.range(info.sizeBytes, { combine: true });
  if (ranges === -1) {
    response.set('Content-Range', `bytes */${info.sizeBytes}`);
    throw new ApiError(416, `the range is out of bounds: the file has ${info.sizeBytes} bytes`);
  }
  const [range] = Array.isArray(ranges) && ranges.type === 'bytes' && ranges.length === 1 ? ranges : [];
  return range;
}

function etagOf({ version }: ArtifactInfo): string {
  return `"${version}"`;
}
