import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import {
  withDatabaseWait,
  type AllowsServer,
  type Storage,
  type IdempotencyKeys,
  type RecordStore,
} from '@synergos/artifacts';
import { silentLogger, type Logger, type RunChecks } from '@synergos/contract';
import type { JobQueue } from '@synergos/scaling';
import { apiBrowser } from './api-browser.js';
import { requireToken, type Auth } from './auth.js';
import { readBodies } from './bodies.js';
import { answerError } from './answer-error.js';
import { ApiError } from './errors.js';
import { serveHealth, type Ready } from './health.js';
import type { Metrics } from './metrics.js';
import { API_VERSION, mountRoutes } from './mount-routes.js';
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
import { refuseOtherSites } from './same-origin.js';
import { createWorkDesk } from './work-desk.js';

const DATABASE_WAIT_MS = 5000;

export interface RestApiOptions {
  readonly records: RecordStore;
  readonly jobs: JobQueue;
  readonly idempotencyKeys: IdempotencyKeys;
  readonly storage: Storage;
  readonly checks: RunChecks;
  readonly participants: ParticipantAccess;
  readonly auth: Auth;
  /** Host names of this server for browsers; addresses, loopback names and names without a dot are always allowed. */
  readonly allowedHosts?: readonly string[];
  /** For `/readyz`. Default: always ready. */
  readonly ready?: Ready;
  /** The TTPs of a cluster. If set, requests that start work are answered at once. */
  readonly grids?: () => readonly object[];
  /** Whether a POST of an existing id replaces the record, as in Synergos 0.1.0. Default: 409. */
  readonly overwrite?: boolean;
  /** Maximum number of open event streams. Default 256. */
  readonly mostEventStreams?: number;
  /** For `/metrics`. */
  readonly metrics: Metrics;
  /** The MLflow servers that a collaboration may name. Default: all. */
  readonly allowsTracker?: AllowsServer | undefined;
  /**
   * Time that a call waits for a database that another process has locked, before it is answered with 503. Default 5 s.
   */
  readonly databaseWaitMs?: number;
  readonly logger?: Logger;
}

/** The REST API as an Express application. */
export function createRestApi(options: RestApiOptions): Express {
  const { jobs: queue, storage, checks, metrics, ready = async () => [], logger = silentLogger } = options;
  const records = removingFilesFirst(options.records, storage, logger);
  const remove = createRemoval(records, queue, storage, logger);
  const desk = createWorkDesk({ queue, records, keys: options.idempotencyKeys });
  const routes = [
    ...collaborations(records, remove, options.allowsTracker),
    ...projects(records, remove),
    ...experiments(records, remove, checks),
    ...runs(records, remove, checks),
    ...participants(records, remove, options.participants),
    ...registrations(records, remove),
    ...tags(records, remove),
    ...alignments(records, desk),
    ...models(records, desk),
    ...validations(records, desk),
    ...predictions(records, desk),
    ...optimizations({ records, desk, artifacts: storage.artifacts, checks }),
    ...artifacts(records, storage.artifacts),
    ...archives(records, storage, checks),
    ...jobs(queue, { mostStreams: options.mostEventStreams }),
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
  app.get('/openapi.json', (_request, response) => void response.json(openApiDocument(routes, API_VERSION)));
  mountRoutes(app, routes, {
    bodies: readBodies(),
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
