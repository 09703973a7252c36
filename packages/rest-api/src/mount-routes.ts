import type { Express, Request, RequestHandler, Response } from 'express';
import { fileNameSchema, idSchema } from '@synergos/contract';
import type { z } from 'zod';
import { ApiError, type FieldError } from './errors.js';
import { idempotencyOf } from './idempotency.js';
import { bySpecificity } from './route-order.js';
import type { Answer, RawRoute, Route } from './route.js';

/** Version of the REST contract, which clients check; independent of this package's version. */
export const API_VERSION = '0.1.0';

export interface MountOptions {
  readonly workIsElsewhere: boolean;
  readonly overwrite: boolean;
  /** Read the body of routes with an envelope; other routes read their own. */
  readonly bodies: RequestHandler[];
}

/** Mounts routes on an application; their order in the list does not matter. */
export function mountRoutes(
  app: Express,
  routes: readonly (Route | RawRoute)[],
  options: MountOptions,
): void {
  for (const route of routes.toSorted(bySpecificity))
    if ('serve' in route) mountRaw(app, route);
    else mount(app, route, options);
}

function mount(app: Express, route: Route, { bodies, ...server }: MountOptions): void {
  const { method, resource, body: bodySchema, query: querySchema } = route;
  app[method](expressPath(route.path), bodies, async (request: Request, response: Response) => {
    response.locals.method = `${resource}.${method}`;
    response.locals.params = request.params;
    const params = paramsOf(request);
    const gone = new AbortController();
    response.on('close', () => gone.abort(new ApiError(499, 'the client has gone')));
    const prefersAsync = /\brespond-async\b/.test(String(request.headers.prefer ?? ''));
    const query = querySchema === undefined ? undefined : parseInput(querySchema, request.query);
    const body = bodySchema === undefined ? undefined : parseInput(bodySchema, request.body);
    const { signal } = gone;
    const { overwrite: replace } = (query ?? {}) as { overwrite?: 'true' | 'false' };
    const answer = await route.handle({
      params,
      query,
      body,
      prefersAsync,
      idempotency: idempotencyOf(request, route.path),
      workIsElsewhere: server.workIsElsewhere,
      overwrite: replace === undefined ? server.overwrite : replace === 'true',
      signal,
    });
    if (!response.writable) return;
    // Responses contain tokens and records: caches must not store them.
    response.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
    if (answer.location !== undefined) response.location(answer.location);
    response.status(answer.status ?? 200).json(success(answer, String(response.locals.method), params));
  });
}

function mountRaw(app: Express, route: RawRoute): void {
  app[route.method](expressPath(route.path), async (request: Request, response: Response) => {
    response.locals.method = `${route.resource}.${route.method}`;
    response.locals.params = request.params;
    const params = paramsOf(request);
    await route.serve(params, request, response, (answer) => {
      response.status(answer.status ?? 200).json(success(answer, String(response.locals.method), params));
    });
  });
}

function success({ status = 200, data, extra }: Answer, method: string, params: object): object {
  return { apiVersion: API_VERSION, success: 1, status, method, params, data, ...extra };
}

function paramsOf(request: Request): Record<string, string> {
  const params: Record<string, string> = {};
  const errors: FieldError[] = [];
  for (const [path, value] of Object.entries(request.params)) {
    const id = (path === 'name' ? fileNameSchema : idSchema).safeParse(value);
    if (id.success) params[path] = id.data;
    else errors.push(...id.error.issues.map(({ message }) => ({ path, message })));
  }
  if (errors.length > 0) throw new ApiError(400, `the path holds an invalid id: ${errors[0]?.path}`, errors);
  return params;
}

function parseInput(schema: z.ZodType, input: unknown): unknown {
  const parsed = schema.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  throw new ApiError(
    400,
    errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; '),
    errors,
  );
}

function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}
