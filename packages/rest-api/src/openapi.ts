import { z } from 'zod';
import type { RawRoute, Route } from './route.js';

/** The OpenAPI 3.1 document of the routes, from the schemas that validate requests. */
export function openApiDocument(routes: readonly (Route | RawRoute)[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const { method, path, resource, summary, body, query, documentedBody = body } of routes) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    }));
    const parameters = [...inPath, ...(query === undefined ? [] : queryParameters(query))];
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

function queryParameters(query: z.ZodObject): object[] {
  const { properties = {} } = z.toJSONSchema(query, { io: 'input', unrepresentable: 'any' });
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...schema } = property as { description?: string };
    return { name, in: 'query', required: false, ...(description && { description }), schema };
  });
}
