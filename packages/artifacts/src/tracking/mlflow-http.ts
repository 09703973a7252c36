import { DEEPEST_JSON, parseBoundedJson } from '@synergos/contract';
import { z } from 'zod';
import { TrackerRefused, TrackerUnavailable } from '../errors.js';

export interface MlflowAddress {
  /** Address of the server, as `http://host:5000`. */
  readonly url: string;
  /** Taken from MLFLOW_TRACKING_TOKEN, or _USERNAME and _PASSWORD, as in MLflow's own client. */
  readonly authorization?: string | undefined;
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Path below the server's address. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: object;
  readonly body?: { readonly stream: AsyncIterable<Uint8Array>; readonly sizeBytes: number };
  readonly signal: AbortSignal;
}

const DEADLINE_MS = 30_000;
/** Minimum speed of an upload; a slower one times out. */
const SLOWEST_BYTES_PER_MS = 50;
const MOST_ANSWER_BYTES = 4 * 1024 * 1024;
const ANSWER_BOUNDS = { bytes: MOST_ANSWER_BYTES, depth: DEEPEST_JSON, values: 100_000 };
const errorSchema = z.object({ error_code: z.string(), message: z.string().default('') });
/** Statuses that an operator can correct or that pass: the same call may succeed later. */
const PASSING = new Set([401, 403, 408, 429]);

/** Makes one call of MLflow's REST API; resolves with the JSON of the response. */
export async function callMlflow(address: MlflowAddress, call: Call): Promise<unknown> {
  const { method, path, query = {}, json, body } = call;
  const url = new URL(`${address.url}/${path}`);
  url.search = new URLSearchParams(query).toString();
  const deadline = AbortSignal.timeout(
    DEADLINE_MS + Math.ceil((body?.sizeBytes ?? 0) / SLOWEST_BYTES_PER_MS),
  );
  let status: number;
  let text: string;
  try {
    const response = await fetch(url, {
      method,
      headers: {
        ...(address.authorization === undefined ? {} : { authorization: address.authorization }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...(body === undefined ? {} : { 'content-length': String(body.sizeBytes) }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(body === undefined ? {} : { body: body.stream, duplex: 'half' as const }),
      redirect: 'manual',
      signal: AbortSignal.any([call.signal, deadline]),
    });
    status = response.status;
    text = await textOf(response);
  } catch (error) {
    call.signal.throwIfAborted();
    throw new TrackerUnavailable(address.url, reasonOf(error), { answered: false, cause: error });
  }
  // The response to an upload is empty.
  const answer = parse(text === '' && method === 'PUT' ? '{}' : text);
  if (status >= 200 && status < 300 && answer !== undefined) return answer;
  const error = errorSchema.safeParse(answer);
  const isOurFault = status >= 400 && status < 500 && !PASSING.has(status);
  if (error.success && isOurFault && error.data.error_code !== 'ENDPOINT_NOT_FOUND')
    throw new TrackerRefused(address.url, error.data.error_code, error.data.message);
  const shown = error.success ? `${error.data.error_code} ${error.data.message}` : text;
  const what = `it answers ${status} ${answer === undefined ? 'and no JSON ' : ''}${excerpt(shown)}`;
  throw new TrackerUnavailable(address.url, what, { answered: true });
}

async function textOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > MOST_ANSWER_BYTES) throw new Error(`its answer is longer than ${MOST_ANSWER_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function parse(text: string): unknown {
  try {
    return parseBoundedJson(text, ANSWER_BOUNDS);
  } catch {
    return undefined;
  }
}

function excerpt(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line === '' ? '' : `(${line.length > 160 ? `${line.slice(0, 160)}…` : line})`;
}

/** fetch reports the reason of its failure as the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  const { cause } = error;
  return cause instanceof Error
    ? cause.message || ('code' in cause ? String(cause.code) : cause.name)
    : error.message;
}
