import { randomUUID } from 'node:crypto';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { z } from 'zod';
import {
  withDatabaseWait,
  type AllowsServer,
  type Storage,
  type IdempotencyKeys,
  type RecordStore,
} from '@synergos/artifacts';
import { fileNameSchema, idSchema, type Logger, silentLogger } from '@synergos/contract';
import type { RunChecks } from '@synergos/orchestration';
import type { JobQueue } from '@synergos/scaling';
import { apiBrowser } from './api-browser.js';
import { requireToken, type Auth } from './auth.js';
import { readBodies } from './bodies.js';
import { ApiError, toApiError, type FieldError } from './errors.js';
import { serveHealth, type Ready } from './health.js';
import { idempotencyOf } from './idempotency.js';
import type { Metrics } from './metrics.js';
import { openApiDocument } from './openapi.js';
import { algorithms } from './resources/algorithms.js';
import { alignments } from './resources/alignments.js';
import { createRemoval, removingFilesFirst } from './removal.js';
import { archives } from './resources/archives.js';
import { artifacts } from './resources/artifacts.js';
import { collaborations } from './resources/collaborations.js';
import { experiments } from './resources/experiments.js';
import { grids } from './resources/grids.js';
import { jobs } from './resources/jobs.js';
import { models } from './resources/models.js';
import { optimizations } from './resources/optimizations.js';
import { participants, type ParticipantAccess } from './resources/participants.js';
import { predictions } from './resources/predictions.js';
import { projects } from './resources/projects.js';
import { registrations } from './resources/registrations.js';
import { runs } from './resources/runs.js';
import { tags } from './resources/tags.js';
import { validations } from './resources/validations.js';
import type { Answer, RawRoute, Route } from './route.js';
import { refuseOtherSites } from './same-origin.js';
import { createWorkDesk } from './work-desk.js';

/** Of the contract, which clients check; not of this package. */
const API_VERSION = '0.1.0';
const DATABASE_WAIT_MS = 5000;
const MOST_BODY_BYTES = 10 * 1024 * 1024;

export interface RestApiOptions {
  readonly records: RecordStore;
  readonly jobs: JobQueue;
  readonly idempotencyKeys: IdempotencyKeys;
  readonly storage: Storage;
  readonly checks: RunChecks;
  readonly participants: ParticipantAccess;
  readonly auth: Auth;
  /** Names that browsers may call this server by; addresses, loopback names and names without a dot always pass. */
  readonly allowedHosts?: readonly string[];
  /** For `/readyz`. Default: always ready. */
  readonly ready?: Ready;
  /** The TTPs that do the work, where it is done elsewhere: what starts work is then answered at once. */
  readonly grids?: () => readonly object[];
  /** Whether a POST of an existing id replaces the record, as in Synergos 0.1.0. Default: 409. */
  readonly overwrite?: boolean;
  /** Event streams that may be open at once. Default 256. */
  readonly mostEventStreams?: number;
  /** For `/metrics`. */
  readonly metrics: Metrics;
  /** The MLflow servers that a collaboration may name. Default: all. */
  readonly allowsTracker?: AllowsServer | undefined;
  /** How long a call waits for a database that another process has locked, before it is answered with 503. Default 5 s. */
  readonly databaseWaitMs?: number;
  readonly logger?: Logger;
}

/** The REST API as an Express application. */
export function createRestApi(options: RestApiOptions): Express {
  const { jobs: queue, storage, checks, metrics, ready = async () => [], logger = silentLogger } = options;
  const records = removingFilesFirst(options.records, storage, logger);
  const remove = createRemoval(records, queue, storage, logger);
  const desk = createWorkDesk({ queue, records, keys: options.idempotencyKeys });
  const jobRoutes = jobs(queue, { mostStreams: options.mostEventStreams });
  const fileRoutes = artifacts(records, storage.artifacts);
  const optimizationRoutes = optimizations({ records, desk, artifacts: storage.artifacts, checks });
  // Before the artifacts of runs: `optimizations` is no run's id there.
  const raw = [
    ...optimizationRoutes.raw,
    ...jobRoutes.raw,
    ...fileRoutes.raw,
    ...archives(records, storage, checks),
  ];
  const routes = [
    ...collaborations(records, remove, options.allowsTracker),
    ...projects(records, remove),
    ...experiments(records, remove, checks),
    ...runs(records, remove, checks),
    ...participants(records, remove, options.participants),
    ...registrations(records, remove),
    ...tags(records, remove),
    ...alignments(records, desk),
    // Before the models: `optimizations` is no run's id there.
    ...optimizationRoutes.routes,
    ...fileRoutes.routes,
    ...models(records, desk),
    ...validations(records, desk),
    ...predictions(records, desk),
    ...jobRoutes.routes,
    ...algorithms(checks),
    ...(options.grids === undefined ? [] : grids(options.grids)),
  ];

  const app = express();
  app.disable('x-powered-by');
  serveHealth(app, ready);
  app.use(metrics.observe);
  app.use(
    requireToken(options.auth, logger),
    refuseOtherSites({
      allowedHosts: options.allowedHosts ?? [],
      isOpen: options.auth.kind === 'none',
    }),
  );
  const { databaseWaitMs = DATABASE_WAIT_MS } = options;
  app.use((_request, _response, next) => withDatabaseWait(databaseWaitMs, next));
  app.use(apiBrowser());
  app.get('/metrics', metrics.serve);
  app.get(
    '/openapi.json',
    (_request, response) => void response.json(openApiDocument([...routes, ...raw], API_VERSION)),
  );
  for (const route of raw) mountRaw(app, route);
  app.use(readBodies(MOST_BODY_BYTES));
  for (const route of routes)
    mount(app, route, {
      workIsElsewhere: options.grids !== undefined,
      overwrite: options.overwrite ?? false,
    });
  app.use((request: Request) => {
    throw new ApiError(404, `${request.method} ${request.path} is not part of the API; see /openapi.json`);
  });
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    answerError(error, request, response, logger);
  });
  return app;
}

function mount(
  app: Express,
  route: Route,
  server: { readonly workIsElsewhere: boolean; readonly overwrite: boolean },
): void {
  const { method, resource, body: bodySchema, query: querySchema } = route;
  app[method](expressPath(route.path), async (request: Request, response: Response) => {
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
    // Tokens, and records of patients' models: nothing that lies between keeps a copy.
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

function answerError(error: unknown, request: Request, response: Response, logger: Logger): void {
  let known = toApiError(error) ?? fromExpress(error);
  if (known === undefined) {
    const incident = randomUUID();
    logger.error({ incident, err: error, path: request.path }, 'a request failed by a fault of the server');
    known = new ApiError(500, `the server failed; its log tells why, under incident ${incident}`);
  }
  if (response.headersSent) return void response.destroy();
  // Set by the route, which this error came from: Express forgets the path's ids on the way here.
  const { method = `unknown.${request.method.toLowerCase()}`, params = {} } = response.locals;
  const { status, message, errors } = known;
  const envelope = { apiVersion: API_VERSION, success: 0, status, method, params, data: [] };
  response.status(status).json({ ...envelope, message, errors });
}

/** What Express' own parts throw: malformed JSON, bodies too large, malformed escapes. */
function fromExpress(error: unknown): ApiError | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  if (error.status < 400 || error.status >= 500) return undefined;
  const type = 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large')
    return new ApiError(413, `the body is larger than ${MOST_BODY_BYTES / 2 ** 20} MiB`);
  if (type === 'entity.parse.failed')
    return new ApiError(400, `the body is not valid JSON: ${error.message}`);
  return new ApiError(error.status, error.message);
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
