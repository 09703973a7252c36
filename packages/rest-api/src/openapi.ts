import { z } from 'zod';
import type { RawRoute, Route } from './route.js';

/** The OpenAPI 3.1 document of the routes: their schemas are what requests are checked by. */
export function openApiDocument(routes: readonly (Route | RawRoute)[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const { method, path, resource, summary, body, documentedBody = body } of routes) {
    const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    }));
    const content = documentedBody && {
      'application/json': { schema: z.toJSONSchema(documentedBody, { io: 'input', unrepresentable: 'any' }) },
    };
    (paths[path] ??= {})[method] = {
      tags: [resource],
      summary,
      parameters,
      ...(content === undefined ? {} : { requestBody: { content } }),
      responses: {
        default: { description: 'The envelope: apiVersion, success, status, method, params, data.' },
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Synergos TTP', version },
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    security: [{ token: [] }],
    paths,
  };
}
