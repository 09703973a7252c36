import { createRequire } from 'node:module';
import { Router } from 'express';

const SCRIPT = 'openapi-explorer.min.js';
const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>Synergos TTP API</title>
    <script type="module" src="/docs/${SCRIPT}"></script>
  </head>
  <body style="margin: 0">
    <openapi-explorer spec-url="/openapi.json" hide-server-selection hide-authentication></openapi-explorer>
  </body>
</html>
`;
const ROOT_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Synergos TTP</title>
  </head>
  <body>
    <h1>Synergos TTP</h1>
    <p><a href="/docs">Documentation of the API</a>, <a href="/openapi.json">the same for programs</a></p>
  </body>
</html>
`;
/** The page loads nothing from other hosts, and sends nothing to them. */
const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";

/**
 * `/`: links to the documentation. `/docs`: the API in a browser, from the OpenAPI document. The browser asks for the
 * token.
 */
export function apiBrowser(): Router {
  const script = createRequire(import.meta.url).resolve(`openapi-explorer/dist/browser/${SCRIPT}`);
  return Router()
    .get('/', (request, response) => {
      const links = { name: 'Synergos TTP', documentation: '/docs', openapi: '/openapi.json', api: '/ttp' };
      response.set('content-security-policy', POLICY);
      if (request.accepts(['json', 'html']) === 'html') response.type('html').send(ROOT_PAGE);
      else response.json(links);
    })
    .get('/docs', (_request, response) => {
      response.set('content-security-policy', POLICY).type('html').send(PAGE);
    })
    .get(`/docs/${SCRIPT}`, (_request, response) => {
      response.sendFile(script, { maxAge: '1d' });
    });
}
