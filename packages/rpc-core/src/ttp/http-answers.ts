import type { ServerResponse } from 'node:http';
import { failureKinds, type FailureCode } from '@synergos/contract';
import { DataPlaneError } from '../protocol/errors.js';

/** A request that is answered with `{code, message}` and the code's HTTP status, unless another one is given. */
export class RequestRefused extends DataPlaneError {
  readonly status: number;

  constructor(code: FailureCode, message: string, options: ErrorOptions & { readonly status?: number } = {}) {
    super(code, message, options);
    this.status = options.status ?? failureKinds[code].status;
  }
}

/** Answers `{code, message}` with the code's HTTP status, unless another one is given. */
export function refuse(
  response: ServerResponse,
  code: FailureCode,
  message: string,
  status: number = failureKinds[code].status,
): void {
  if (response.headersSent) return void response.destroy();
  const body = JSON.stringify({ code, message });
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

export function accept(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 2 });
  response.end('{}');
}
